import { basename } from 'node:path';
import type { SingleBar } from 'cli-progress';
import type { BatchEvent } from '../batch/event.js';
import type { Host } from './host.js';
import { printable } from '../job/printable.js';

/** What bars are drawn from. */
type ShownEvent = Exclude<BatchEvent, { kind: 'summary' }>;

/** Bars for a batch and for the jobs in it that take a while. */
export interface BatchProgress {
  show(event: ShownEvent): void;
  /** Tells something while bars are shown. */
  say(text: string): void;
  stop(): void;
}

/** What is over in less needs no bar. */
const QUIET_FOR = 700;
const FORMAT = '{bar} {percentage}% {name}';
const NAME_LENGTH = 40;

/** Bars on standard error; none when that is no terminal, or when none is wanted. */
export function startBatchProgress(host: Host, wanted: boolean): BatchProgress {
  const say = (text: string): void => void host.stderr.write(`isoboot: ${text}\n`);
  if (!wanted || host.stderr.isTTY !== true) {
    return { show: () => undefined, say, stop: () => undefined };
  }
  const bars = new Bars();
  return { show: (event) => bars.show(event), say, stop: () => bars.stop() };
}

class Bars {
  readonly #began = performance.now();
  readonly #starts = new Map<number, number>();
  readonly #bars = new Map<number, SingleBar>();
  #make: ((total: number, name: string) => SingleBar) | undefined;
  #remove: (bar: SingleBar) => void = () => undefined;
  #end: () => void = () => undefined;
  #whole: SingleBar | undefined;
  #total = 0;
  #ended = 0;
  #isStopped = false;
  #isLoading = false;

  show(event: ShownEvent): void {
    if (event.kind === 'jobs') {
      this.#total = event.jobs.length;
      return;
    }
    const { job } = event;
    if (event.kind === 'start') {
      this.#starts.set(job.index, performance.now());
    } else if (event.kind === 'end') {
      this.#ended += 1;
      this.#drop(job.index);
    } else {
      this.#showJob(job.index, basename(job.input), event.done, event.total);
    }
    this.#showWhole();
  }

  stop(): void {
    this.#isStopped = true;
    this.#end();
  }

  #showWhole(): void {
    if (performance.now() - this.#began > QUIET_FOR && !this.#isLoading) {
      this.#isLoading = true;
      void this.#load();
    }
    this.#whole ??= this.#make?.(this.#total, 'all jobs');
    this.#whole?.update(this.#ended);
  }

  #showJob(index: number, name: string, done: number, total: number): void {
    const began = this.#starts.get(index) ?? performance.now();
    if (!this.#bars.has(index) && performance.now() - began > QUIET_FOR && this.#whole !== undefined) {
      const bar = this.#make?.(total, printable(name).slice(0, NAME_LENGTH));
      if (bar !== undefined) {
        this.#bars.set(index, bar);
      }
    }
    const bar = this.#bars.get(index);
    bar?.setTotal(total);
    bar?.update(Math.min(done, total));
  }

  #drop(index: number): void {
    this.#starts.delete(index);
    const bar = this.#bars.get(index);
    if (bar !== undefined) {
      this.#bars.delete(index);
      this.#remove(bar);
    }
  }

  async #load(): Promise<void> {
    const { MultiBar, Presets } = (await import('cli-progress')).default;
    if (this.#isStopped) {
      return;
    }
    const options = { stream: process.stderr, clearOnComplete: true, hideCursor: true, format: FORMAT };
    const multi = new MultiBar(options, Presets.shades_classic);
    this.#make = (total, name) => multi.create(total, 0, { name });
    this.#remove = (bar) => void multi.remove(bar);
    this.#end = () => multi.stop();
  }
}
