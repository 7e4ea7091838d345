/** Edits in place that are killed in earnest, on a small image; `npm run proof` does it fifty times on a large one. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { KILL_SCENARIOS, KillTrial } from '../kit/kill-trial.js';
import { writeLargeImage } from '../kit/large-image.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DATA_LENGTH = 500_000;

/** Where each of them has written some of the image. */
const POINTS: Readonly<Record<string, string>> = {
  inject: 'in write 4 of image.iso',
  'remove-boot after inject': 'behind sync 2 of image.iso',
  'undo of inject': 'in write 3 of image.iso',
};

for (const scenario of KILL_SCENARIOS.filter(({ command }) => command in POINTS)) {
  t.test(`${scenario.command} is killed, and the original comes back`, async (t) => {
    const folder = join(t.testdir({}), 'work');
    const writeImage = (path: string): Promise<void> => writeLargeImage(path, DATA_LENGTH);
    const trial = await KillTrial.prepare(scenario, { root: ROOT, folder, writeImage });
    t.comment(trial.points.join(', '));
    const point = POINTS[scenario.command] ?? '';
    const kill = await trial.kill({ point: trial.points.indexOf(point) });
    t.strictSame(kill, { point, isLater: false, halfWritten: true, wrong: undefined });
  });
}
