/** The fault table: every command on layouts of each class, with each of its calls to the system failing in turn. */
import { join } from 'node:path';
import { IsoError } from '../../src/errors.js';
import type { Fixture } from '../fixtures/fixture.js';
import { LAYOUT_CLASSES } from '../fixtures/index.js';
import { withDigestHere } from '../kit/digest-here.js';
import { EXTRACTIONS, rehearseExtraction, STREAMS, type StreamScenario } from '../kit/extraction-scenario.js';
import { FAULT_KINDS, tryFaults, type FileScenario, type TrialResult } from '../kit/fault-trial.js';
import { rehearse, SCENARIOS, type Expectation } from '../kit/scenario.js';
import {
  rehearseStream,
  STREAM_FAULTS,
  STREAM_READS,
  tryStreamFaults,
  tryStreamReads,
} from '../kit/stream-trial.js';
import type { Table } from './table.js';

/** One command, by one road, with one kind of fault. */
interface Row {
  readonly command: string;
  readonly sink: string;
  readonly kind: string;
  images: number;
  calls: number;
  readonly losses: string[];
}

type Say = (line: string) => void;

/** The first fixtures of a class are tried: with all kinds of faults, and behind those with these two. */
const EVERYWHERE = ['EIO', 'kill'];
const THOROUGH = 1;
const TRIED = 3;

/** Tries all of it in a folder; `say` is told how far it has come. */
export async function faultTable(folder: string, say: Say): Promise<Table> {
  return withDigestHere(async () => {
    const rows = new Map<string, Row>();
    for (const [layout, fixtures] of LAYOUT_CLASSES) {
      const usable = fixtures.filter(({ outcome }) => outcome.kind !== 'refused');
      for (const [index, fixture] of usable.slice(0, TRIED).entries()) {
        await tryFixture(fixture, index < THOROUGH, folder, rows);
      }
      const [calls, losses] = [...rows.values()].reduce(
        ([some, lost], row) => [some + row.calls, lost + row.losses.length],
        [0, 0],
      );
      say(`${layout}: ${calls} failing calls by now, ${losses} lost`);
    }
    return tableOf([...rows.values()]);
  });
}

async function tryFixture(
  fixture: Fixture,
  isThorough: boolean,
  folder: string,
  rows: Map<string, Row>,
): Promise<void> {
  const image = fixture.build();
  for (const scenario of isThorough ? [...SCENARIOS, ...EXTRACTIONS] : SCENARIOS) {
    const expectation = await rehearsed(scenario, join(folder, 'rehearsal'), image);
    if (expectation === undefined) {
      continue;
    }
    for (const kind of FAULT_KINDS.filter(({ name }) => isThorough || EVERYWHERE.includes(name))) {
      const result = await tryFaults(scenario, expectation, kind, join(folder, 'tried'));
      note(rows, scenario, kind.name, fixture, result);
    }
  }
  for (const scenario of isThorough ? STREAMS : []) {
    await tryStream(scenario, fixture, image, folder, rows);
  }
}

/** Nothing where the image is too short for the media check that the scenario is about. */
async function rehearsed(
  scenario: FileScenario,
  folder: string,
  image: Uint8Array,
): Promise<Expectation | undefined> {
  try {
    return 'again' in scenario
      ? await rehearseExtraction(scenario, folder, image)
      : await rehearse(scenario, folder, image);
  } catch (error) {
    if (error instanceof IsoError && error.code === 'ISO_MEDIA_CHECK_FIELD') {
      return undefined;
    }
    throw error;
  }
}

async function tryStream(
  scenario: StreamScenario,
  fixture: Fixture,
  image: Uint8Array,
  folder: string,
  rows: Map<string, Row>,
): Promise<void> {
  const trial = await rehearseStream(scenario, join(folder, 'tried'), image);
  for (const fault of STREAM_FAULTS) {
    note(rows, scenario, fault.name, fixture, await tryStreamFaults(trial, fault));
  }
  for (const kind of STREAM_READS) {
    note(rows, scenario, kind.name, fixture, await tryStreamReads(trial, kind));
  }
}

function note(
  rows: Map<string, Row>,
  { command, sink }: { readonly command: string; readonly sink: string },
  kind: string,
  { name }: Fixture,
  { calls, losses }: TrialResult,
): void {
  const key = `${command}, ${sink}, ${kind}`;
  const row = rows.get(key) ?? { command, sink, kind, images: 0, calls: 0, losses: [] };
  rows.set(key, row);
  row.images += 1;
  row.calls += calls;
  row.losses.push(...losses.map((loss) => `${name}: ${loss}`));
}

function tableOf(rows: readonly Row[]): Table {
  const sum = (count: (row: Row) => number): string =>
    String(rows.reduce((total, row) => total + count(row), 0));
  return {
    title: 'Faults: failing calls that lost something, or that no error told of',
    heads: ['command', 'sink', 'fault', 'images', 'failing calls', 'lost'],
    rows: rows.map(({ command, sink, kind, images, calls, losses }) => [
      command,
      sink,
      kind,
      String(images),
      String(calls),
      String(losses.length),
    ]),
    sum: [
      'all',
      '',
      '',
      sum(({ images }) => images),
      sum(({ calls }) => calls),
      sum(({ losses }) => losses.length),
    ],
    wrong: rows.flatMap(({ losses }) => losses),
  };
}
