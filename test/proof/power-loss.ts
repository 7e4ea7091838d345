/** The power-loss table: every command on every layout, cut off in every way. */
import { LAYOUT_CLASSES } from '../fixtures/index.js';
import type { Effort } from '../kit/power-cut.js';
import { isListed, recordTrial, replayTrial } from '../kit/power-trial.js';
import { SCENARIOS, type Scenario } from '../kit/scenario.js';
import type { Table } from './table.js';

const EFFORT: Effort = { exhaustive: 8, alone: 64, samples: 64, torn: 64 };

/** One command, by one road, on all fixtures of one class. */
interface Row {
  readonly scenario: Scenario;
  readonly layout: string;
  images: number;
  states: number;
  listed: number;
  readonly lost: string[];
  readonly listedWrong: string[];
  readonly forgotten: string[];
}

/** Tries all of it in a folder; `say` is told how far it has come. */
export async function powerLossTable(folder: string, say: (line: string) => void): Promise<Table> {
  const rows: Row[] = [];
  for (const [layout, fixtures] of LAYOUT_CLASSES) {
    for (const scenario of SCENARIOS) {
      const row: Row = {
        scenario,
        layout,
        images: 0,
        states: 0,
        listed: 0,
        lost: [],
        listedWrong: [],
        forgotten: [],
      };
      for (const fixture of fixtures.filter(({ outcome }) => outcome.kind !== 'refused')) {
        const trial = await recordTrial(scenario, fixture, folder);
        if (trial === undefined) {
          continue;
        }
        const tally = await replayTrial(trial, folder, EFFORT);
        const named = (state: string): string => `${fixture.name}, ${scenario.command}: ${state}`;
        row.images += 1;
        row.states += tally.states;
        row.listed += tally.listed;
        row.lost.push(...tally.losses.map(named));
        row.listedWrong.push(...tally.listings.map(named));
        row.forgotten.push(...tally.forgotten.map(named));
      }
      rows.push(row);
      say(`${layout}: ${scenario.command}, ${scenario.sink}: ${row.states} states`);
    }
  }
  return tableOf(rows);
}

function tableOf(rows: readonly Row[]): Table {
  const sum = (count: (row: Row) => number): string =>
    String(rows.reduce((total, row) => total + count(row), 0));
  return {
    title: 'Power loss: states that are neither the original nor the result after at most one undo',
    heads: [
      'command',
      'sink',
      'layout class',
      'images',
      'states',
      'lost',
      'done, but not there',
      'listed',
      'list differs',
    ],
    rows: rows.map((row) => [
      row.scenario.command,
      row.scenario.sink,
      row.layout,
      String(row.images),
      String(row.states),
      String(row.lost.length),
      String(row.forgotten.length),
      isListed(row.scenario) ? String(row.listed) : '-',
      isListed(row.scenario) ? String(row.listedWrong.length) : '-',
    ]),
    sum: [
      'all',
      '',
      '',
      sum(({ images }) => images),
      sum(({ states }) => states),
      sum(({ lost }) => lost.length),
      sum(({ forgotten }) => forgotten.length),
      sum(({ listed }) => listed),
      sum(({ listedWrong }) => listedWrong.length),
    ],
    wrong: rows.flatMap(({ lost, forgotten, listedWrong }) => [
      ...lost,
      ...forgotten.map((state) => `${state}: not there though it was done`),
      ...listedWrong.map((state) => `${state}: lists other files`),
    ]),
  };
}
