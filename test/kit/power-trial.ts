/** Scenarios on fixtures, recorded once and replayed with all that a loss of power can do to them. */
import { join } from 'node:path';
import { IsoError } from '../../src/errors.js';
import type { Fixture } from '../fixtures/fixture.js';
import { withQuickFiles } from './handle.js';
import type { Effort } from './power-cut.js';
import { record, type Event, type Log } from './recorder.js';
import { replay, type Tally } from './replayer.js';
import { expectationOf, lay, type Expectation, type Scenario } from './scenario.js';

/** What a scenario did to a fixture. */
export interface Trial {
  readonly scenario: Scenario;
  readonly fixture: Fixture;
  readonly log: Log;
  readonly expectation: Expectation;
}

/**
 * Does a scenario to a fixture in a folder, and records it; nothing where the image is too short for the media check that
 * the scenario is about.
 */
export async function recordTrial(
  scenario: Scenario,
  fixture: Fixture,
  folder: string,
): Promise<Trial | undefined> {
  const place = join(folder, 'recorded');
  try {
    const begin = await scenario.begin(place, fixture.build());
    await lay(place, begin.files);
    const log = await record(place, () => scenario.run(place));
    return { scenario, fixture, log, expectation: await expectationOf(scenario, place, begin) };
  } catch (error) {
    if (error instanceof IsoError && error.code === 'ISO_MEDIA_CHECK_FIELD') {
      return undefined;
    }
    throw error;
  }
}

/** Tries every state in a folder; `brief` stops at the first one that is wrong. */
export async function replayTrial(
  { scenario, fixture, log, expectation }: Trial,
  folder: string,
  effort: Effort,
  brief = false,
): Promise<Tally> {
  const listedAs = isListed(scenario) ? fixture.name : undefined;
  const place = join(folder, 'replayed');
  return withQuickFiles(() => replay({ folder: place, log, expectation, effort, listedAs, brief }));
}

/**
 * An edit in place lists the same files at every moment. Nobody sees a copy before it is whole; and an undo writes in no
 * order (docs/undo-file.md): once begun, it is to be finished.
 */
export function isListed({ command, sink }: Scenario): boolean {
  return sink === 'in-place' && !command.startsWith('undo');
}

/** A sync of a log: its place there, and what it is called. */
export interface Sync {
  readonly index: number;
  readonly name: string;
}

/** The syncs of a log, named by what they make sure of and by their number among those. */
export function syncsOf({ begin, events }: Log): Sync[] {
  const names = new Map([...begin.keys()].map((name, file) => [file, name]));
  const counts = new Map<string, number>();
  return events.flatMap((event, index) => {
    if ('name' in event) {
      names.set(event.file, names.get(event.file) ?? event.name);
    }
    if (event.kind !== 'sync' && event.kind !== 'sync-folder') {
      return [];
    }
    const what = event.kind === 'sync' ? (names.get(event.file) ?? '') : 'folder';
    const count = (counts.get(what) ?? 0) + 1;
    counts.set(what, count);
    return [{ index, name: `${what} ${count}` }];
  });
}

/** A log in which one sync did nothing. */
export function withoutEvent({ begin, events }: Log, index: number): Log {
  return { begin, events: events.filter((_, other) => other !== index) };
}

/** The logs in which two neighbours of what is between the syncs of a file have changed places. */
export function withSwappedPhases({ begin, events }: Log, file: number): Log[] {
  const ends = events.flatMap((event, index) =>
    event.kind === 'sync' && event.file === file ? [index] : [],
  );
  const first = events.findIndex((event) => event.kind === 'write' && event.file === file);
  const phases = ends.map((end, i) => events.slice(i === 0 ? first : (ends[i - 1] ?? 0) + 1, end));
  const last = (ends.at(-1) ?? 0) + 1;
  return phases.slice(1).map((_, i) => {
    const order = phases.map((_, number) => (number === i ? i + 1 : number === i + 1 ? i : number));
    const swapped = order.flatMap((number): Event[] => [...(phases[number] ?? []), { kind: 'sync', file }]);
    return { begin, events: [...events.slice(0, first), ...swapped, ...events.slice(last)] };
  });
}
