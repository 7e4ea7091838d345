/** Isoboot as a process that is held at the points between which it can be killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

/** Where a process is to be killed: at a point, by its number, or so many milliseconds behind it. */
export interface Moment {
  readonly point: number;
  /** Nothing where it is held at the point until it is dead. */
  readonly later?: number | undefined;
}

/** How a process ended. */
export interface Ending {
  /** The points that it came to. */
  readonly points: readonly string[];
  readonly wasKilled: boolean;
  readonly code: number | null;
  readonly stderr: string;
}

/** Milliseconds at each point, where the process goes on. */
const PAUSE = 20;

/** Runs `held.js` with isoboot's arguments; to its end, or until it is killed. */
export async function runHeld(held: string, args: readonly string[], moment?: Moment): Promise<Ending> {
  const holdAt = moment === undefined || moment.later !== undefined ? -1 : moment.point;
  const pause = moment === undefined ? 0 : PAUSE;
  const child = spawn(process.execPath, [held, String(holdAt), String(pause), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const points: string[] = [];
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    points.push(line);
    if (moment !== undefined && points.length === moment.point + 1) {
      void setTimeout(moment.later ?? 0).then(() => child.kill('SIGKILL'));
    }
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { points, wasKilled: signal === 'SIGKILL', code, stderr };
}
