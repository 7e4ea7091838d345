/** Edits of an image that lies: refused with a code, or planned, carried out in memory, checked and taken back. */
import { findDisagreements } from '../../src/check/agreement.js';
import { checkInjection } from '../../src/check/injection.js';
import { checkRemoval } from '../../src/check/removal.js';
import { chooseAdded } from '../../src/job/added-entries.js';
import { chooseBoot, type ChosenBoot } from '../../src/job/boot-choice.js';
import { planWithReads } from '../../src/job/carry-out.js';
import { planInjection } from '../../src/plan/inject.js';
import { encodeMediaCheck } from '../../src/layout/media-check.js';
import { withMediaCheckField, type MediaCheckPlan } from '../../src/plan/media-check.js';
import type { PatchList } from '../../src/plan/patch.js';
import { planRemoval } from '../../src/plan/removal.js';
import type { ExistingBoot, MediaCheckWish } from '../../src/plan/request.js';
import type { Image } from '../../src/read/image.js';
import { findIn, viewsOf } from '../../src/read/lookup.js';
import { OverlaySource } from '../../src/sink/overlay.js';
import { undoRanges } from '../../src/sink/undo-range.js';
import type { MemorySource } from '../../src/source/memory-source.js';
import type { Random } from '../kit/random.js';
import { contentsBefore } from './contents.js';
import { expect, type Tally } from './find.js';

/** An image, and what is to be tried with it. */
export interface Tried {
  readonly bytes: Uint8Array;
  readonly source: MemorySource;
  readonly image: Image;
  readonly random: Random;
  readonly tally: Tally;
}

/** Most of a result that is held in memory as a whole; a volume may claim to be larger than any disk. */
const LARGEST_RESULT = 16 * 1024 * 1024;

/** Makes the image bootable, or adds to what it boots. Errors: `Find`. */
export async function tryInjection(tried: Tried): Promise<void> {
  const { source, image, random, tally, bytes } = tried;
  const onto = ontoOf(tried);
  const chosen = await tally.attempt('choose', () => choose(tried, onto));
  if (chosen === undefined) {
    return;
  }
  const request = {
    entries: chosen.entries,
    idString: chosen.idString,
    reuseCatalog: random.chance(0.8),
    mediaCheck: random.pick<MediaCheckWish>(['keep', 'keep', 'add', 'strip']),
    ...(onto === undefined ? {} : { onto }),
  };
  const plan = await tally.attempt('inject', () =>
    planWithReads(source, (seen) => planInjection(image, request, seen)),
  );
  if (plan === undefined) {
    return;
  }
  const list = withAnySum(plan.list, plan.mediaCheck);
  const result = new OverlaySource(source, list);
  const disagreements = plan.moves.length > 0 ? (await findDisagreements(source, image)).length : 0;
  await tally.attempt('inject-check', () => checkInjection(result, image, plan, { disagreements }));
  const kept = contentsBefore(image, bytes, [
    ...plan.entries.flatMap(({ lba, request: { file, place } }) =>
      // One that had to move to make room has its table where it is now.
      [lba, ...(place.kind === 'tree' ? [place.lba] : [])].map((at) => ({ lba: at, length: file.size })),
    ),
    { lba: plan.catalog.lba, length: 1 },
  ]);
  await checkResult('inject', bytes, result, list);
  expect(await kept.standIn(result, plan.moves), 'inject', 'a file has other content afterwards');
}

/** Takes the boot record out. Errors: `Find`. */
export async function tryRemoval({ bytes, source, image, random, tally }: Tried): Promise<void> {
  if (image.boot === undefined) {
    return;
  }
  const mediaCheck = random.pick<'keep' | 'strip'>(['keep', 'strip']);
  const request = { mediaCheck, mayShrink: random.chance(0.7) };
  const plan = await tally.attempt('remove', () =>
    planWithReads(source, (seen) => planRemoval(image, request, seen)),
  );
  if (plan === undefined) {
    return;
  }
  const list = withAnySum(plan.list, plan.mediaCheck);
  const result = new OverlaySource(source, list);
  await tally.attempt('remove-check', () => checkRemoval(result, image, plan));
  await checkResult('remove', bytes, result, list);
  const kept = contentsBefore(image, bytes, []);
  expect(await kept.standIn(result, []), 'remove', 'a file has other content afterwards');
}

function ontoOf({ image, random }: Tried): ExistingBoot | undefined {
  return image.boot === undefined
    ? undefined
    : random.pick([undefined, 'replace', 'replace', 'add'] as const);
}

async function choose(tried: Tried, onto: ExistingBoot | undefined): Promise<ChosenBoot> {
  const { image, source, random } = tried;
  const path = filePath(tried);
  if (onto === 'add' && path !== undefined) {
    return chooseAdded(image, source, [{ platform: 'bios', from: { path } }]);
  }
  const bootInfoTable = random.pick(['auto', 'auto', 'yes', 'no'] as const);
  return chooseBoot(image, source, {
    bootInfoTable,
    ...(path === undefined || random.chance(0.5) ? {} : { bootPath: path }),
  });
}

/** The path of any file at all, by the names of any view. */
function filePath({ image, random }: Tried): string | undefined {
  const views = viewsOf(image);
  const view = views[random.between(0, views.length - 1)];
  const files = (view?.tree.directories ?? [])
    .flatMap(({ children }) => children ?? [])
    .filter((node) => !node.isDirectory);
  const path = files[random.between(0, files.length - 1)]?.path;
  return view !== undefined && path !== undefined && findIn(view, path, { anyCase: true }) ? path : undefined;
}

/** A sum takes a thread of its own to compute; any will do to see where it lands. */
function withAnySum(list: PatchList, mediaCheck: MediaCheckPlan): PatchList {
  return mediaCheck.kind === 'sum'
    ? withMediaCheckField(list, mediaCheck, encodeMediaCheck(ANY_SUM, mediaCheck.rhlIsoStatus))
    : list;
}
const ANY_SUM = { md5: '0'.repeat(32), fragmentSums: '0'.repeat(60) };

/** What a list says of the image before is true, and its undo ranges give that image back, byte for byte. */
async function checkResult(
  name: string,
  bytes: Uint8Array,
  result: OverlaySource,
  list: PatchList,
): Promise<void> {
  for (const { offset, before, why } of list.patches) {
    const isTrue =
      before.kind !== 'bytes' || isSame(before.bytes, bytes.subarray(offset, offset + before.bytes.length));
    expect(isTrue, name, `${why}: other bytes stand at ${offset} than the plan says`);
  }
  if (list.newSize > LARGEST_RESULT) {
    return;
  }
  const after = await result.read(0, result.size);
  const restored = new Uint8Array(list.oldSize);
  restored.set(after.subarray(0, list.oldSize));
  for (const { offset, oldLength } of undoRanges(list).filter(({ oldLength }) => oldLength > 0)) {
    restored.set(bytes.subarray(offset, offset + oldLength), offset);
  }
  expect(isSame(restored, bytes), name, 'the undo ranges do not give the image back');
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
