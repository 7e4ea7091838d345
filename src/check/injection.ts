import { IsoError } from '../errors.js';
import type { InjectedEntry, InjectionPlan } from '../plan/inject.js';
import type { Move } from '../plan/move.js';
import type { BootEntry } from '../read/boot.js';
import { readImage, type Image } from '../read/image.js';
import type { Tree } from '../read/tree.js';
import type { TreeNode } from '../read/tree-node.js';
import type { Source } from '../source/source.js';
import { BOOT_RECORD_LBA, lba, offsetOfLba, roundUpToBlock, type Lba } from '../units.js';
import { findDisagreements } from './agreement.js';

/** What is known of the image before the edit, besides its model. */
export interface BeforeFacts {
  /** The image was edited where it lies, and nothing moved: its directories are those that were read before. */
  readonly sameTrees?: boolean;
  /** How many of its structures disagreed already. */
  readonly disagreements?: number;
}

/**
 * Reads a finished image anew and holds it against the image before and against the plan.
 *
 * Errors: `ISO_OUTPUT_VERIFY` at the first thing that is not as planned; what reading raises.
 */
export async function checkInjection(
  result: Source,
  before: Image,
  plan: InjectionPlan,
  { sameTrees = false, disagreements = 0 }: BeforeFacts = {},
): Promise<Image> {
  const after = await readImage(result, { before: sameTrees ? before : undefined });
  expectSame('size of the image', after.size, plan.list.newSize);
  expectSame('place of the boot record', after.boot?.recordLba, BOOT_RECORD_LBA);
  expectSame('place of the boot catalog', after.boot?.catalogLba, plan.catalog.lba);
  expectSame('number of boot entries', after.boot?.entries.length, plan.entries.length + plan.kept.length);
  plan.kept.forEach((entry) => checkKept(entry, after));
  plan.entries.forEach((entry) => checkEntry(entry, after));
  expectSame('number of trees', after.trees.length, before.trees.length);
  after.trees.forEach((tree, i) => checkTree(tree, before.trees[i], plan.moves));
  if (plan.moves.length > 0) {
    await checkAgreement(result, after, disagreements);
  }
  expectSame(
    'UDF recognition sequence',
    after.descriptorSet.recognition.length,
    before.descriptorSet.recognition.length,
  );
  checkSizes(after, before, plan);
  return after;
}

/** Errors: `ISO_OUTPUT_VERIFY` where two values differ. */
export function expectSame(
  what: string,
  found: string | number | undefined,
  wanted: string | number | undefined,
  offset?: number,
): void {
  if (found !== wanted) {
    throw new IsoError('ISO_OUTPUT_VERIFY', `the ${what} in the result is not as planned`, {
      found: found ?? 'nothing',
      wanted: wanted ?? 'nothing',
      ...(offset === undefined ? {} : { offset }),
    });
  }
}

/** An entry that was there before stands there still, with all its settings. */
function checkKept(kept: BootEntry, after: Image): void {
  const isKept = (entry: BootEntry): boolean =>
    entry.platformId === kept.platformId &&
    entry.bootable === kept.bootable &&
    entry.loadRba === kept.loadRba &&
    entry.sectorCount === kept.sectorCount &&
    entry.loadSegment === kept.loadSegment &&
    entry.systemType === kept.systemType &&
    entry.extensions.length === kept.extensions.length;
  const entry = after.boot?.entries.find(isKept);
  expectSame('old boot entry', entry?.loadRba, kept.loadRba, kept.offset);
}

/**
 * Entries are regrouped by platform in the catalog, so they are matched by what they load. Of several that load the same,
 * as old ones may, the likest is meant.
 */
function checkEntry(planned: InjectedEntry, after: Image): void {
  const alike = (after.boot?.entries ?? []).filter(
    (entry) =>
      entry.loadRba === planned.loadRba &&
      entry.platformId === planned.platformId &&
      entry.bootMediaType === planned.bootMediaType,
  );
  const entry =
    alike.find(
      ({ bootable, sectorCount, loadSegment }) =>
        bootable && sectorCount === planned.sectorCount && loadSegment === planned.loadSegment,
    ) ?? alike[0];
  const offset = offsetOfLba(planned.loadRba);
  expectSame('boot entry', entry?.loadRba, planned.loadRba, offset);
  expectSame('boot indicator of the boot entry', String(entry?.bootable), 'true', offset);
  expectSame('load size of the boot entry', entry?.sectorCount, planned.sectorCount, offset);
  expectSame('load segment of the boot entry', entry?.loadSegment, planned.loadSegment, offset);
  if (planned.tableWritten && planned.request.bootInfoTable === 'auto') {
    expectSame('boot info table', entry?.bootInfoTable, 'valid', offset);
  }
}

/** What moved has to be found at its new place by every way that led to its old one. */
async function checkAgreement(result: Source, after: Image, known: number): Promise<void> {
  const found = await findDisagreements(result, after);
  const [first] = found;
  if (first !== undefined && found.length > known) {
    expectSame(first.what, first.found, first.wanted, first.offset);
  }
}

/** The same directories and files, by name and by place, or by the new place of what moved. Errors: `ISO_OUTPUT_VERIFY`. */
export function checkTree(after: Tree, before: Tree | undefined, moves: readonly Move[] = []): void {
  expectSame('kind of tree', after.kind, before?.kind);
  expectSame(
    `number of directories in the ${after.kind} tree`,
    after.directories.length,
    before?.directories.length,
  );
  if (after.directories === before?.directories) {
    return;
  }
  after.directories.forEach((directory, i) => {
    const was = before?.directories[i];
    checkNode(directory, was, moves);
    if (isAsItWas(directory, was, moves)) {
      return;
    }
    const [children, earlier] = [nodesIn(directory), nodesIn(was)];
    expectSame(`number of files in ${directory.path}`, children.length, earlier.length);
    children.forEach((node, j) => checkNode(node, earlier[j], moves));
  });
}

/** Whether a directory has the very records that it had, and nothing in it was to move: then none of them need be read. */
function isAsItWas(after: TreeNode, before: TreeNode | undefined, moves: readonly Move[]): boolean {
  const { contents } = after;
  if (contents === undefined || before?.contents?.hasSameRecords(contents) !== true) {
    return false;
  }
  // Each directory in it has its own turn.
  let stays = true;
  contents.eachFile((start, length) => {
    stays &&= length === 0 || newPlace(start, moves) === start;
  });
  return stays;
}

/** What is in a directory, for once: kept, the nodes of all files of both images would be more than all else together. */
function nodesIn(directory: TreeNode | undefined): readonly TreeNode[] {
  return directory?.contents?.nodes() ?? directory?.children ?? [];
}

function checkNode(after: TreeNode, before: TreeNode | undefined, moves: readonly Move[]): void {
  const isSame =
    after.name === before?.name &&
    after.rockRidgeName === before.rockRidgeName &&
    after.extents.length === before.extents.length &&
    after.extents.every(({ lba: start, length }, i) => {
      const extent = before.extents[i];
      // An empty file lies nowhere, whatever its record says.
      return extent?.length === length && (length === 0 || newPlace(extent.lba, moves) === start);
    });
  if (!isSame) {
    const wanted = before === undefined ? undefined : describe(before, moves);
    expectSame(`file ${after.path}`, describe(after), wanted);
  }
}

function newPlace(block: Lba, moves: readonly Move[]): number {
  const move = moves.find(({ start, end }) => block >= start && block < end);
  return move === undefined ? block : move.to + (block - move.start);
}

/** A node, where it should lie. */
function describe(node: TreeNode, moves: readonly Move[] = []): string {
  const extents = node.extents
    .map(({ lba: start, length }) => `${newPlace(start, moves)}+${length}`)
    .join(',');
  return `${node.path} (${node.name}) at ${extents}`;
}

function checkSizes(after: Image, before: Image, plan: InjectionPlan): void {
  expectSame('volume size', after.volumeSize, offsetOfLba(lba(plan.volumeBlocks)));
  if (plan.list.newSize > plan.list.oldSize) {
    after.descriptorSet.trees.forEach(({ fields, kind }) =>
      expectSame(
        `volume size in the ${kind} descriptor`,
        fields.volumeSpaceSize.bigEndian,
        plan.volumeBlocks,
      ),
    );
    expectSame('size of the image', after.size, roundUpToBlock(after.size));
  }
  expectSame('logical block size', after.logicalBlockSize, before.logicalBlockSize);
}
