/** The last gate: each of its rules, broken once by a list that a defective planner might make. */
import t from 'tap';
import { checkPlan, type GateFacts } from '../../src/plan/gate.js';
import type { Patch, PatchList } from '../../src/plan/patch.js';
import { BLOCK_SIZE, lba } from '../../src/units.js';
import { AT, LOADER_END, LOW_BLOCKS, planFor, vendorImage } from './planning.js';

const BLOCKS = 300;

/** The list of a good plan, patch by patch. */
async function goodFacts(): Promise<GateFacts> {
  const { image, plan } = await planFor(vendorImage({ blocks: BLOCKS }));
  const catalog = { start: plan.catalog.lba, end: plan.catalog.lba + 1 };
  const loader = { start: AT.loader, end: LOADER_END };
  return {
    image,
    list: plan.list,
    newVolumeBlocks: BLOCKS,
    moves: [],
    placed: [catalog],
    editable: [loader],
  };
}

/** A patch of zeros over zeros. */
function patchAt(block: number, changes: Partial<Patch> = {}): Patch {
  const length = changes.length ?? BLOCK_SIZE;
  return {
    offset: block * BLOCK_SIZE,
    length,
    phase: 'new',
    why: 'made by hand',
    content: { kind: 'bytes', bytes: new Uint8Array(length) },
    before: { kind: 'bytes', bytes: new Uint8Array(length) },
    ...changes,
  };
}

const facts = await goodFacts();
const { list } = facts;

function withPatches(patches: readonly Patch[], changes: Partial<PatchList> = {}): GateFacts {
  return { ...facts, list: { ...list, ...changes, patches } };
}

/** The good list with more in front of it. */
function withFirst(...patches: readonly Patch[]): GateFacts {
  return withPatches([...patches, ...list.patches]);
}

/** The good list with one patch changed. */
function changed(index: number, changes: Partial<Patch>): GateFacts {
  return withPatches(list.patches.map((patch, i) => (i === index ? { ...patch, ...changes } : patch)));
}

/** Where in the good list a phase starts. */
function indexOf(phase: Patch['phase']): number {
  return list.patches.findIndex((patch) => patch.phase === phase);
}

const FREE = 100;
const end = BLOCKS * BLOCK_SIZE;
const beyond = { kind: 'beyond-end' } as const;

t.test('a good list gets through', async (t) => {
  t.doesNotThrow(() => checkPlan(facts));
  t.doesNotThrow(() => checkPlan(withFirst(patchAt(FREE))), 'and so does one more patch on a free block');
  const grown = withPatches([patchAt(BLOCKS, { before: beyond }), ...list.patches], {
    newSize: end + BLOCK_SIZE,
  });
  t.doesNotThrow(() => checkPlan(grown));
});

t.test('each rule, broken', async (t) => {
  const refused = (name: string, broken: GateFacts, offset?: number): void => {
    t.throws(
      () => checkPlan(broken),
      { code: 'ISO_PLAN_GATE', ...(offset === undefined ? {} : { offset }) },
      name,
    );
  };
  const catalog = facts.placed[0] ?? { start: 0, end: 0 };
  const shared = { ...facts, placed: [{ start: catalog.start - 1, end: catalog.end }, catalog] };
  refused('two things in one place', shared, catalog.start * BLOCK_SIZE);
  const at = FREE * BLOCK_SIZE;
  refused('no bytes', withFirst(patchAt(FREE, { length: 0 })), at);
  refused(
    'another length than its content',
    withFirst(patchAt(FREE, { content: { kind: 'zeros', length: 1 } })),
    at,
  );
  refused('in front of the image', withFirst(patchAt(-1)), -BLOCK_SIZE);
  refused('behind the image', withFirst(patchAt(BLOCKS, { before: beyond })), end);
  refused('across its end', withFirst(patchAt(BLOCKS - 1, { offset: end - 1 })), end - 1);
  const shortBefore = { kind: 'bytes', bytes: new Uint8Array(BLOCK_SIZE - 1) } as const;
  refused('before: too few bytes', withFirst(patchAt(FREE, { before: shortBefore })), at);
  refused('before: none where there are some', withFirst(patchAt(FREE, { before: beyond })), at);
  const grown = { newSize: end + BLOCK_SIZE };
  refused('before: some where there are none', withPatches([patchAt(BLOCKS), ...list.patches], grown), end);
  refused('before: some of both', withPatches([patchAt(BLOCKS, { offset: end - 1 })], grown), end - 1);

  const [record] = list.patches.slice(-1);
  if (record === undefined) {
    throw new TypeError('a list without a boot record');
  }
  refused('a phase out of order', withPatches([record, ...list.patches.slice(0, -1)]));
  refused('twice in one phase', withFirst(patchAt(FREE), patchAt(FREE, { offset: at + BLOCK_SIZE - 1 })), at);
  const pointers = patchAt(16, { phase: 'pointers' });
  const split = indexOf('descriptors');
  const twice = [...list.patches.slice(0, split), pointers, pointers, ...list.patches.slice(split)];
  refused('twice among the pointers', withPatches(twice), 16 * BLOCK_SIZE);

  for (const block of [0, 16, 17, AT.folder, AT.jolietRoot]) {
    refused(`on block ${block}, in use`, withFirst(patchAt(block)), block * BLOCK_SIZE);
  }
  refused(
    'on the loader, and beyond',
    withFirst(patchAt(AT.loader, { length: 4 * BLOCK_SIZE })),
    AT.loader * BLOCK_SIZE,
  );
  refused('on the loader, which is not to change', { ...facts, editable: [] }, AT.loader * BLOCK_SIZE + 8);

  const pointing = (astray: Patch): GateFacts =>
    withPatches([...list.patches.slice(0, split), astray, ...list.patches.slice(split)]);
  const pointer = patchAt(AT.folder, { phase: 'pointers', length: 8 });
  t.doesNotThrow(() => checkPlan(pointing(pointer)), 'a pointer in a directory');
  refused(
    'more than a number in a directory',
    pointing(patchAt(AT.folder, { phase: 'pointers', length: 9 })),
  );
  refused('a pointer in a file', pointing(patchAt(AT.loader, { phase: 'pointers', length: 8 })));
  refused('a pointer where nothing is', pointing(patchAt(FREE, { phase: 'pointers', length: 8 })));
  const move = { start: AT.folder, end: AT.folder + 1, to: lba(FREE), what: 'the folder', round: 0 };
  const moving = { ...pointing(pointer), moves: [move] };
  refused('a pointer in what moves', moving, AT.folder * BLOCK_SIZE);
  const torn = {
    start: AT.loader,
    end: AT.loader + 1,
    to: lba(FREE),
    what: 'a part of the loader',
    round: 0,
  };
  refused('a part of a file moves', { ...facts, moves: [torn] }, AT.loader * BLOCK_SIZE);
  const early = patchAt(AT.folder, { phase: 'descriptors' });
  refused('onto what does not move, in front of the descriptors', pointing(early), AT.folder * BLOCK_SIZE);
  t.doesNotThrow(() => checkPlan({ ...pointing(early), moves: [move] }), 'onto what has moved');

  const first = indexOf('descriptors');
  const lowest = list.patches.length - 2;
  refused('a descriptor onto one in use', changed(first, { offset: 18 * BLOCK_SIZE }), 18 * BLOCK_SIZE);
  refused('a descriptor over a directory', changed(first, { offset: AT.folder * BLOCK_SIZE }));
  refused('descriptors with a gap', changed(lowest, { offset: 17 * BLOCK_SIZE }), 17 * BLOCK_SIZE);
  const half = patchAt(AT.room, { phase: 'descriptors', length: 1024 });
  refused('half a descriptor', changed(first, half), AT.room * BLOCK_SIZE);
  const without = (index: number): Patch[] => list.patches.filter((_, i) => i !== index);
  refused('a descriptor that stays', withPatches(without(lowest)), 17 * BLOCK_SIZE);

  refused('a boot record elsewhere', changed(list.patches.length - 1, { offset: at }), at);
  refused('no boot record', withPatches(without(list.patches.length - 1)));
  refused('two of them', withPatches([...list.patches, record]));
  refused('no patch at all', withPatches([]));

  const runOut = { start: BLOCKS - 15, end: BLOCKS - 14 };
  refused('placed in the run-out', { ...facts, placed: [runOut] }, runOut.start * BLOCK_SIZE);
  const before = { start: BLOCKS - 16, end: BLOCKS - 15 };
  t.doesNotThrow(() => checkPlan({ ...facts, placed: [before] }), 'just in front of it');
  const other = { start: before.end - 1, end: before.end };
  refused('placed twice', { ...facts, placed: [other, before] }, other.start * BLOCK_SIZE);
});

t.test('a mebibyte of content, and no more', async (t) => {
  const most = 1024 * 1024;
  const blocks = 2000;
  const { image, plan } = await planFor(vendorImage({ blocks }));
  const carried = plan.list.patches.reduce(
    (sum, { content }) => sum + (content.kind === 'bytes' ? content.bytes.length : 0),
    0,
  );
  const all = (bytes: number): GateFacts => ({
    ...facts,
    image,
    newVolumeBlocks: blocks,
    list: { ...plan.list, patches: [patchAt(FREE, { length: bytes }), ...plan.list.patches] },
  });
  t.equal(plan.catalog.lba, LOW_BLOCKS[0]);
  t.doesNotThrow(() => checkPlan(all(most - carried)));
  t.throws(() => checkPlan(all(most - carried + 1)), {
    code: 'ISO_PLAN_GATE',
    found: most + 1,
    wanted: most,
  });
  const zeros = patchAt(FREE, { length: most, content: { kind: 'zeros', length: most } });
  t.doesNotThrow(() =>
    checkPlan({ ...all(1), list: { ...plan.list, patches: [zeros, ...plan.list.patches] } }),
  );
});
