/** What a run of the fuzzer has come to, for people. */
import type { WorkerMessage } from './worker.js';

/** Something that must not be, and how to see it again. */
export interface Found {
  readonly name: string;
  readonly what: string;
}

type End = Extract<WorkerMessage, { kind: 'end' }>;

const MEBIBYTE = 1024 * 1024;
const MOST_SHOWN = 20;

/** Counts of all cases of a run. */
export class Summary {
  readonly finds: Found[] = [];
  #cases = 0;
  readonly #outcomes = new Map<string, Map<string, number>>();
  readonly #specimens = new Set<string>();
  #slowest: Pick<End, 'name' | 'milliseconds'> = { name: 'none', milliseconds: 0 };
  #peak = 0;
  #milliseconds = 0;

  constructor(
    private readonly seed: number,
    private readonly startedAt: number,
  ) {}

  get cases(): number {
    return this.#cases;
  }

  /** Highest memory of a process, in bytes. */
  get peak(): number {
    return this.#peak;
  }

  note(end: End): void {
    this.#cases += 1;
    this.#milliseconds += end.milliseconds;
    this.#specimens.add(end.name.slice(0, end.name.lastIndexOf('/')));
    this.#peak = Math.max(this.#peak, end.peak);
    if (end.milliseconds > this.#slowest.milliseconds) {
      this.#slowest = end;
    }
    for (const outcome of end.outcomes) {
      const [attempt = '', code = ''] = outcome.split(' ');
      const codes = this.#outcomes.get(attempt) ?? new Map<string, number>();
      codes.set(code, (codes.get(code) ?? 0) + 1);
      this.#outcomes.set(attempt, codes);
    }
    if (end.find !== undefined) {
      this.found(end.name, end.find);
    }
  }

  found(name: string, what: string): void {
    this.finds.push({ name, what });
  }

  /** One line, for a run that is under way. */
  line(now: number): string {
    const seconds = Math.round((now - this.startedAt) / 1000);
    return `${seconds} s: ${this.#cases} cases, ${this.finds.length} finds, peak ${Math.round(this.#peak / MEBIBYTE)} MiB`;
  }

  /** Everything, at its end. */
  text(now: number): string {
    const minutes = ((now - this.startedAt) / 60_000).toFixed(1);
    const rows = [...this.#outcomes].map(([attempt, codes]) => {
      const sorted = [...codes].sort(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`);
      return `  ${attempt}: ${sorted.join(', ')}`;
    });
    const kinds = new Map<string, Found>();
    this.finds.forEach((find) => kinds.set(kindOf(find.what), kinds.get(kindOf(find.what)) ?? find));
    return [
      `fuzzing: seed ${this.seed}, ${minutes} minutes, ${this.#cases} cases of ${this.#specimens.size} images`,
      ...rows,
      `  slowest: ${Math.round(this.#slowest.milliseconds)} ms of processor time (${this.#slowest.name})`,
      `  mean: ${(this.#milliseconds / Math.max(1, this.#cases)).toFixed(1)} ms; peak memory of a process: ${Math.round(this.#peak / MEBIBYTE)} MiB`,
      `  finds: ${this.finds.length}${kinds.size < this.finds.length ? `, of ${kinds.size} kinds` : ''}`,
      ...[...kinds.values()]
        .slice(0, MOST_SHOWN)
        .map(({ name, what }) => `  --case '${name}'\n    ${what.replace(/\n/g, '\n    ')}`),
    ].join('\n');
  }
}

/** The same fault shows at the same place, whatever its numbers. */
function kindOf(what: string): string {
  return what.split('\n').slice(0, 2).join(' ').replace(/\d+/g, '#');
}
