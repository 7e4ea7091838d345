/** The table of kills: edits in place of a large image, ended by the system in the middle. */
import { join } from 'node:path';
import { KILL_SCENARIOS, KillTrial, momentsFor, SYNC, WRITE, type Kill } from '../kit/kill-trial.js';
import { writeLargeImage } from '../kit/large-image.js';
import type { Table } from './table.js';

/** Fifty, and more for a command that has more syncs. */
const KILLS: Readonly<Record<string, number>> = {
  inject: 13,
  'remove-boot': 12,
  'remove-boot after inject': 14,
  'undo of inject': 11,
};

const DATA_LENGTH = 300_000_000;

/** One command, and what became of it. */
interface Row {
  readonly command: string;
  readonly points: number;
  readonly kills: readonly Kill[];
}

/** Kills all of it in a folder; `say` is told how far it has come. The current folder is the checkout. */
export async function killTable(folder: string, say: (line: string) => void): Promise<Table> {
  const rows: Row[] = [];
  for (const scenario of KILL_SCENARIOS) {
    const trial = await KillTrial.prepare(scenario, {
      root: process.cwd(),
      folder: join(folder, 'killed'),
      writeImage: (path) => writeLargeImage(path, DATA_LENGTH),
    });
    const kills: Kill[] = [];
    for (const moment of momentsFor(trial.points, KILLS[scenario.command] ?? 0)) {
      const kill = await trial.kill(moment);
      kills.push(kill);
      say(`${scenario.command}, killed ${whenOf(kill)}: ${kill.wrong ?? 'recovered'}`);
    }
    rows.push({ command: scenario.command, points: trial.points.length, kills });
  }
  return tableOf(rows);
}

function whenOf({ point, isLater }: Kill): string {
  return isLater ? `some time after it was ${point}` : point;
}

function tableOf(rows: readonly Row[]): Table {
  const columns: readonly ((kill: Kill) => boolean)[] = [
    () => true,
    ({ isLater }) => isLater,
    ({ isLater, point }) => !isLater && point.startsWith(SYNC),
    ({ isLater, point }) => !isLater && point.startsWith(WRITE),
    ({ halfWritten }) => halfWritten,
    ({ wrong }) => wrong === undefined,
    ({ wrong }) => wrong !== undefined,
  ];
  const counts = (kills: readonly Kill[]): string[] =>
    columns.map((isMeant) => String(kills.filter(isMeant).length));
  return {
    title: 'Kills: edits in place of an image of 300 MB, ended in the middle',
    heads: [
      'command',
      'points',
      'kills',
      'at any time',
      'behind a sync',
      'in a write',
      'half-written then',
      'recovered',
      'lost',
    ],
    rows: rows.map(({ command, points, kills }) => [command, String(points), ...counts(kills)]),
    sum: ['all', '', ...counts(rows.flatMap(({ kills }) => kills))],
    wrong: rows.flatMap(({ command, kills }) =>
      kills.flatMap((kill) =>
        kill.wrong === undefined ? [] : [`${command}, killed ${whenOf(kill)}: ${kill.wrong}`],
      ),
    ),
  };
}
