/**
 * Every layout in which something moves or is copied, as outside programs see it: before, on the way, and after. Where
 * there is room, they see images of real writers (vendor.test.ts) and of the corpus.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { inject } from '../../src/job/inject.js';
import { planFor } from '../kit/planned.js';
import { withWrites, writesOf } from '../kit/power-loss.js';
import { checkBootRecord, checkSame, observe, OBSERVER_TOOLS, type Masks } from '../kit/same-image.js';
import { needTools, runSeries } from '../kit/tools.js';
import type { Fixture } from '../fixtures/fixture.js';
import { LOADERS } from '../fixtures/classes/loaders.js';
import { FIXTURES } from '../fixtures/index.js';

const LOADER = /(isolinux|loader)\.bin(;1)?$/i;
const MOST_STATES = 5;

const SHOWN = FIXTURES.filter((each) => each.outcome.kind === 'moved' || LOADERS.includes(each));

for (const fixture of SHOWN) {
  t.test(`${fixture.name}: ${fixture.layout}`, async (t) => {
    if (!needTools(t, ...OBSERVER_TOOLS)) {
      return;
    }
    const folder = t.testdir({});
    const image = join(folder, 'image.iso');
    const output = join(folder, 'bootable.iso');
    const bytes = fixture.build();
    await writeFile(image, bytes);
    const masks: Masks = {
      bootInfoTable: LOADER,
      ...(fixture.loaderMisread ? { misread: LOADER } : {}),
    };
    const before = await observe(image, masks);
    await inject({ input: image, target: { kind: 'copy', path: output, force: false } });
    checkSame(t, before, await observe(output, masks, before));
    await checkBootRecord(t, output);
    await checkSteps(t, fixture, bytes, join(folder, 'state.iso'));
  });
}

/** What four readers list; nothing of one that fails. */
async function listing(image: string): Promise<string[]> {
  const commands = [
    ['isoinfo', '-f', '-i', image],
    ['isoinfo', '-f', '-R', '-i', image],
    ['isoinfo', '-f', '-J', '-i', image],
    ['bsdtar', '-t', '-f', image],
  ];
  const results = await runSeries(commands, 60);
  return results.map(({ code, stdout }) =>
    code === 0 ? stdout.toString().split('\n').sort().join('\n') : 'failed',
  );
}

async function checkSteps(t: Test, { name }: Fixture, bytes: Uint8Array, path: string): Promise<void> {
  const { plan, sources } = await planFor(bytes);
  const writes = writesOf(plan.list, bytes, sources).flat();
  await writeFile(path, bytes);
  const before = await listing(path);
  const bad: string[] = [];
  const counts = sampleOf(writes.map((_, i) => i + 1));
  for (const count of counts) {
    await writeFile(path, withWrites(bytes, writes.slice(0, count)));
    const now = await listing(path);
    // A reader that could not read the image as it came is not asked how it is on the way.
    if (before.some((names, i) => names !== 'failed' && names !== now[i])) {
      bad.push(`after ${count} writes, the last for: ${writes[count - 1]?.why ?? ''}`);
    }
  }
  t.strictSame(bad, [], `${name}: four readers list the same after each of ${counts.length} writes`);
}

/** Where a large run is copied, its blocks are all alike; the last ones are those that move pointers. */
function sampleOf(counts: readonly number[]): readonly number[] {
  return counts.length <= MOST_STATES ? counts : [...counts.slice(0, 2), ...counts.slice(-MOST_STATES + 2)];
}
