/** Every layout becomes bootable, and nothing else changes: shown without any outside program. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { inject } from '../../src/job/inject.js';
import { undo } from '../../src/job/undo.js';
import { BLOCK_SIZE } from '../../src/units.js';
import type { Fixture } from '../fixtures/fixture.js';
import { FIXTURES } from '../fixtures/index.js';
import { contentsOf, isSameListing, listingOf } from '../kit/contents.js';
import { fileDigest, sha256 } from '../kit/digest.js';
import { changedBlocks, planFor, type Planned } from '../kit/planned.js';
import { lossStates, withWrites, writesOf } from '../kit/power-loss.js';
import { DigestStream } from '../kit/stream-sink.js';

/** All names of the loader's bytes, which get a boot info table. */
const LOADER = /\/(isolinux|loader)\.bin$/i;
const RUN_OUT_BLOCKS = 15;
const MOST_CHANGED = { room: 8, moved: 16 } as const;

/** Cost of a plan by what it took, in changed blocks. */
const costs: { readonly kind: 'room' | 'moved'; readonly blocks: number }[] = [];

for (const fixture of FIXTURES) {
  const { outcome } = fixture;
  if (outcome.kind === 'refused') {
    t.test(`${fixture.name} is refused`, async (t) => {
      await t.rejects(planFor(fixture.build()), { code: outcome.code });
    });
    continue;
  }
  t.test(`${fixture.name}: ${fixture.layout}`, async (t) => {
    const bytes = fixture.build();
    const planned = await planFor(bytes);
    costs.push({ kind: outcome.kind, blocks: changedBlocks(planned) });
    t.test('what is written lies where it may', async (t) => checkPlaces(t, fixture, planned));
    t.test('every state on the way lists the same files', (t) => checkStates(t, fixture, bytes, planned));
    t.test('in place, copy and stream agree, and undo takes it back', (t) => checkSinks(t, fixture, bytes));
  });
}

t.test('plans are small', async (t) => {
  for (const kind of ['room', 'moved'] as const) {
    const sorted = costs.filter((cost) => cost.kind === kind).map(({ blocks }) => blocks);
    const median = sorted.sort((a, b) => a - b)[Math.floor(sorted.length / 2)] ?? Infinity;
    t.ok(median <= MOST_CHANGED[kind], `${kind}: a median of ${median} changed blocks`);
  }
});

function checkPlaces(t: Test, { grows }: Fixture, { plan }: Planned): void {
  const { list, volumeBlocks, catalog } = plan;
  t.equal(list.newSize > list.oldSize, grows, 'it grows only where nothing is free');
  const limit = volumeBlocks - RUN_OUT_BLOCKS;
  const brought = list.patches.filter(({ phase, content }) => phase === 'new' && content.kind === 'source');
  t.ok(catalog.lba < limit, 'the catalog lies in front of the run-out');
  t.ok(
    brought.every(({ offset, length }) => offset + length <= limit * BLOCK_SIZE),
    'and so does what moved',
  );
}

async function checkStates(
  t: Test,
  { name }: Fixture,
  bytes: Uint8Array,
  { plan, sources }: Planned,
): Promise<void> {
  const groups = writesOf(plan.list, bytes, sources);
  const before = await listingOf(bytes, LOADER);
  const bad: string[] = [];
  let count = 0;
  for (const { name: state, bytes: written } of lossStates(bytes, groups)) {
    count += 1;
    const listed = await listingOf(written, LOADER).catch((error: unknown) => [String(error)]);
    if (!isSameListing(name, before, listed)) {
      bad.push(state);
    }
  }
  t.strictSame(bad, [], `the same files in each of ${count} states`);
}

async function checkSinks(t: Test, fixture: Fixture, bytes: Uint8Array): Promise<void> {
  const folder = t.testdir({});
  const image = join(folder, 'image.iso');
  const output = join(folder, 'copy.iso');
  await writeFile(image, bytes);
  await inject({ input: image, target: { kind: 'copy', path: output, force: false } });
  const wanted = await fileDigest(output);
  t.equal(await fileDigest(image), sha256(bytes), 'a copy leaves its input alone');
  const stream = new DigestStream();
  await inject({ input: image, target: { kind: 'stream', stream } });
  t.equal(stream.digest(), wanted, 'the stream gives the same bytes');
  const report = await inject({ input: image, target: { kind: 'in-place' } });
  t.equal(await fileDigest(image), wanted, 'in place gives the same bytes');
  t.equal((await stat(image)).size, report.size, 'the report says how long it is');
  await checkContents(t, fixture, new Uint8Array(await readFile(image)));
  await undo({ input: image });
  t.equal(await fileDigest(image), sha256(bytes), 'undo gives the original back');
}

/** Every file has the bytes that it was written with, but for the loader's boot info table. */
async function checkContents(t: Test, fixture: Fixture, bytes: Uint8Array): Promise<void> {
  const before = await contentsOf(fixture.build());
  const after = await contentsOf(bytes);
  t.strictSame([...after.keys()], [...before.keys()], 'the same files');
  const changed = [...before].filter(([path, content]) => !sameContent(content, after.get(path), path));
  t.strictSame(
    changed.map(([path]) => path),
    [],
    'with the same contents',
  );
}

function sameContent(before: Uint8Array, after: Uint8Array | undefined, path: string): boolean {
  return (
    after?.length === before.length &&
    before.every((byte, i) => byte === after[i] || (LOADER.test(path) && i >= 8 && i < 64))
  );
}

t.test('an injected image is not injected a second time', async (t) => {
  const bytes = FIXTURES[0]?.build() ?? new Uint8Array(0);
  const { plan, sources } = await planFor(bytes);
  const result = withWrites(bytes, writesOf(plan.list, bytes, sources).flat());
  await t.rejects(planFor(result), { code: 'ISO_PLAN_ALREADY_BOOTABLE' });
});
