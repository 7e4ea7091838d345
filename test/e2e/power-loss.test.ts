/** Power loss at every moment of every command, on one image a layout class; `npm run proof` takes all of them. */
import t from 'tap';
import { FIXTURES } from '../fixtures/index.js';
import type { Fixture } from '../fixtures/fixture.js';
import {
  recordTrial,
  replayTrial,
  syncsOf,
  withoutEvent,
  withSwappedPhases,
  type Trial,
} from '../kit/power-trial.js';
import type { Effort } from '../kit/power-cut.js';
import { isWrong } from '../kit/replayer.js';
import { SCENARIOS, type Scenario } from '../kit/scenario.js';

const EFFORT: Effort = { exhaustive: 6, alone: 12, samples: 12, torn: 6 };

/** One of each class. */
const CHOSEN = [
  'room-zero',
  'root-joliet-adjacent',
  'deep-moved-first',
  'loader-multi-extent',
  'udf-table-first',
  'end-full-moved',
];

/** Without those that start a thread for a sum, which takes most of a second each, and one that goes no road of its own. */
const QUICK = SCENARIOS.filter(
  ({ command }) => !/media.check/.test(command) && command !== 'undo of remove-boot after inject',
);

function fixtureNamed(name: string): Fixture {
  const found = FIXTURES.find((fixture) => fixture.name === name);
  if (found === undefined) {
    throw new Error(`no fixture ${name}`);
  }
  return found;
}

async function trialOf(scenario: Scenario, name: string, folder: string): Promise<Trial> {
  const trial = await recordTrial(scenario, fixtureNamed(name), folder);
  if (trial === undefined) {
    throw new Error(`${scenario.command} does nothing to ${name}`);
  }
  return trial;
}

for (const name of CHOSEN) {
  t.test(`${name}: the original or the result, whatever a loss of power leaves`, async (t) => {
    for (const scenario of QUICK) {
      const folder = t.testdir({});
      const trial = await trialOf(scenario, name, folder);
      const { states, listed, ...wrong } = await replayTrial(trial, folder, EFFORT);
      const what = `${scenario.command}, ${scenario.sink}: ${states} states, ${listed} listed`;
      t.strictSame(wrong, { losses: [], listings: [], forgotten: [] }, what);
      t.ok(states > 5, 'that were different');
    }
  });
}

/**
 * Syncs whose loss alone does no harm here, by the file and their number.
 *
 * Removal: its first phase only makes the volume smaller, which no list of files depends on; what it blanks and what it
 * cuts off at the end is led to by nothing, in whichever order. Undo: the undo file is deleted behind two syncs of the
 * image, of which the second makes up for the first; and the other way round where nothing is cut off between them. Of two
 * undo files, what the first puts back lies in ranges of the second as well. What both are joined in needs not be known for
 * an undo file before it has that name.
 */
const NOT_NEEDED: Readonly<Record<string, readonly string[]>> = {
  'remove-boot in-place': ['image.iso 1', 'image.iso 4'],
  'remove-boot after inject in-place': ['image.iso 1', 'image.iso 4', 'image.iso.isoboot-undo.joined 1'],
  'undo of interrupted remove-boot after inject in-place': ['image.iso 1', 'image.iso 2', 'image.iso 3'],
  'undo of inject in-place': ['image.iso 1'],
  'undo of remove-boot in-place': ['image.iso 1', 'image.iso 2'],
  'undo of media-check --implant in-place': ['image.iso 1', 'image.iso 2'],
  'undo of media-check --strip in-place': ['image.iso 1', 'image.iso 2'],
};

t.test(
  'a log without any one of its syncs loses something, so that a missing sync would be seen',
  async (t) => {
    for (const scenario of QUICK) {
      const folder = t.testdir({});
      const trial = await trialOf(scenario, 'end-full-moved', folder);
      const syncs = syncsOf(trial.log);
      const unseen: string[] = [];
      for (const { index, name } of syncs) {
        const log = withoutEvent(trial.log, index);
        const tally = await replayTrial(
          { ...trial, log },
          folder,
          { ...EFFORT, alone: 32, samples: 32 },
          true,
        );
        if (!isWrong(tally)) {
          unseen.push(name);
        }
      }
      const expected = NOT_NEEDED[`${scenario.command} ${scenario.sink}`] ?? [];
      t.strictSame(unseen, expected, `${scenario.command}, ${scenario.sink}: ${syncs.length} syncs`);
    }
  },
);

t.test('phases that change places lose files for a time', async (t) => {
  for (const scenario of QUICK.filter(({ command, sink }) => command === 'inject' && sink === 'in-place')) {
    const folder = t.testdir({});
    const trial = await trialOf(scenario, 'root-joliet-adjacent', folder);
    const swapped = withSwappedPhases(trial.log, 0);
    t.ok(swapped.length > 3);
    for (const [i, log] of swapped.entries()) {
      const { listings } = await replayTrial({ ...trial, log }, folder, EFFORT, true);
      t.ok(listings.length > 0, `phases ${i} and ${i + 1}`);
    }
  }
});
