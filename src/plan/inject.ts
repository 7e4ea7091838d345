import {
  EL_TORITO_IDENTIFIER,
  bootRecord,
  STANDARD_IDENTIFIER,
  VOLUME_DESCRIPTOR_TYPE,
} from '../layout/volume-descriptor.js';
import type { BootEntry } from '../read/boot.js';
import type { Image } from '../read/image.js';
import type { TreeNode } from '../read/tree-node.js';
import { BLOCK_SIZE, blocksFor, BOOT_RECORD_LBA, offsetOfLba, type Lba } from '../units.js';
import {
  encodeCatalog,
  isNamedCatalog,
  placeCatalog,
  placeOverOld,
  sectorCountFor,
  systemTypeFor,
  type PlacedCatalog,
  type PlannedEntry,
} from './boot-catalog.js';
import { placeBootFile, type PlacedBootFile } from './boot-image.js';
import { makeRoom, planShift, roomBehindDescriptors } from './descriptor-shift.js';
import type { Tools } from './tools.js';
import { Draft } from './draft.js';
import { FreeSpace } from './free-space.js';
import { checkPlan, type GateFacts } from './gate.js';
import { planGrowth } from './growth.js';
import { encodeJoinedCatalog } from './joined-catalog.js';
import { planMediaCheck, type MediaCheckPlan } from './media-check.js';
import type { Move } from './move.js';
import type { PatchList } from './patch.js';
import { requireEditable, requireOnto, withoutBootFindings } from './precondition.js';
import { checkRecordPlan, planRecordPlace } from './record-place.js';
import type { EntryRequest, InjectRequest } from './request.js';
import { UnseenRanges, View, type Range, type SeenRange } from './view.js';

/** An entry of the new catalog, with the boot file that it loads. */
export interface InjectedEntry extends PlannedEntry, PlacedBootFile {
  /** What was asked for. */
  readonly request: EntryRequest;
}

/** How an image becomes bootable. */
export interface InjectionPlan {
  /** Every write in its order. */
  readonly list: PatchList;
  /** The new entries of the catalog. */
  readonly entries: readonly InjectedEntry[];
  /** Entries that were there before and stay as they are. */
  readonly kept: readonly BootEntry[];
  /** Where the catalog goes. */
  readonly catalog: PlacedCatalog;
  /** What had to go elsewhere to make room for the descriptors. */
  readonly moves: readonly Move[];
  /** What had to go behind directories that lie inside it, or files that it continues with. */
  readonly outOfOrder: readonly string[];
  /** Blocks in the volume afterwards. */
  readonly volumeBlocks: number;
  /** What becomes of the media check. */
  readonly mediaCheck: MediaCheckPlan;
}

/** A finished plan, or what has to be read before the next call. */
export type PlanStep =
  | {
      readonly kind: 'plan';
      /** The plan. */
      readonly plan: InjectionPlan;
    }
  | {
      readonly kind: 'needs';
      /** What the planner has to see. */
      readonly ranges: readonly Range[];
    };

/**
 * Plans how to make an image bootable; pure. Call it with what it asked to see until it gives a plan.
 *
 * Errors: `ISO_PLAN_ALREADY_BOOTABLE`, `ISO_PLAN_NO_ROOM`, `ISO_PLAN_GROWTH`, `ISO_BOOT_FILE`, `ISO_BOOT_BROKEN`,
 * `ISO_BOOT_COMPRESSED`, `ISO_MEDIA_CHECK_FIELD`,
 * `ISO_SOURCE_TRUNCATED`, `ISO_VOLUME_BLOCK_SIZE`, `ISO_VOLUME_BYTE_ORDER`, `ISO_PLAN_GATE`.
 */
export function planInjection(image: Image, request: InjectRequest, seen: readonly SeenRange[]): PlanStep {
  requireEditable(request.onto === 'replace' ? withoutBootFindings(image) : image);
  requireOnto(image, request.onto);
  try {
    return { kind: 'plan', plan: buildPlan(image, request, new View(seen)) };
  } catch (error) {
    if (error instanceof UnseenRanges) {
      return { kind: 'needs', ranges: error.ranges };
    }
    throw error;
  }
}

function buildPlan(image: Image, request: InjectRequest, view: View): InjectionPlan {
  const oldBlocks = image.volumeSize / BLOCK_SIZE;
  const draft = new Draft(image.size, oldBlocks);
  const space = new FreeSpace(image, view, roomBehindDescriptors(image) + 1);
  const tools: Tools = { draft, view, space };

  const { boot } = image;
  const outOfOrder = boot === undefined ? makeRoom(image, tools) : [];
  const stale = request.reuseCatalog ? findStaleCatalog(request.entries) : undefined;
  const catalog = placeOverOld(image) ?? placeCatalog(image, stale, tools);
  const entries = request.entries.map((entry) => placeEntry(image, entry, tools));
  const old = request.onto === 'add' ? boot?.catalog : undefined;
  const block =
    old === undefined ? encodeCatalog(entries, request.idString) : encodeJoinedCatalog(old, entries);
  if (catalog.placement !== 'overwritten') {
    draft.addBytes(catalog.phase, offsetOfLba(catalog.lba), block, catalogReason(catalog));
  }
  draft.layMoves();

  const volumeBlocks = draft.grows ? planGrowth(image, draft, view) : oldBlocks;
  const { mediaCheck: wish, force = false } = request;
  const mediaCheck = planMediaCheck(image, { wish, force, volumeBlocks }, draft);
  if (boot === undefined) {
    planShift(image, draft);
  } else {
    planRecordPlace(image, draft);
  }
  if (boot?.recordLba !== BOOT_RECORD_LBA || boot.catalogLba !== catalog.lba) {
    const record = encodeBootRecord(catalog.lba);
    draft.addBytes('boot-record', offsetOfLba(BOOT_RECORD_LBA), record, 'El Torito boot record');
  }
  if (catalog.placement === 'overwritten') {
    draft.addBytes('boot-record', offsetOfLba(catalog.lba), block, catalogReason(catalog));
  }

  const list = draft.finish(view);
  const brought = entries.filter(({ isNew }) => isNew);
  const facts: GateFacts = {
    image,
    list,
    newVolumeBlocks: volumeBlocks,
    moves: draft.moves,
    placed: [
      runOf(catalog.lba, BLOCK_SIZE),
      ...draft.moves.map(({ start, end, to }) => ({ start: to, end: to + (end - start) })),
      ...brought.map((entry) => runOf(entry.lba, entry.request.file.size)),
    ],
    editable: [
      ...entries.map((entry) => runOf(entry.lba, entry.request.file.size)),
      ...(catalog.placement === 'reused-file' ? [runOf(catalog.lba, BLOCK_SIZE)] : []),
    ],
  };
  if (boot === undefined) {
    checkPlan(facts);
  } else {
    checkRecordPlan({ ...facts, catalogLba: catalog.lba });
  }
  const kept = old === undefined ? [] : (boot?.entries ?? []);
  return { list, entries, kept, catalog, moves: draft.moves, outOfOrder, volumeBlocks, mediaCheck };
}

function placeEntry(image: Image, request: EntryRequest, tools: Tools): InjectedEntry {
  const systemType = systemTypeFor(request);
  const sectorCount = sectorCountFor(request);
  const placed = placeBootFile(image, request, tools);
  const { platformId, bootMediaType, loadSegment } = request;
  return {
    ...placed,
    platformId,
    bootMediaType,
    loadSegment,
    systemType,
    sectorCount,
    loadRba: placed.lba,
    request,
  };
}

function findStaleCatalog(entries: readonly EntryRequest[]): TreeNode | undefined {
  const loaders = entries.flatMap(({ place }) => (place.kind === 'tree' ? [place.node] : []));
  const blocks = loaders.map(({ extents }) => extents[0]?.lba);
  return loaders[0]?.parent?.children?.find(
    (node) => !node.isDirectory && isNamedCatalog(node) && !blocks.includes(node.extents[0]?.lba),
  );
}

function catalogReason({ placement, path }: PlacedCatalog): string {
  switch (placement) {
    case 'free-block':
      return 'boot catalog, in a free block';
    case 'appended':
      return 'boot catalog, appended';
    case 'reused-file':
      return `boot catalog, in place of the stale one ${path ?? ''}`;
    case 'overwritten':
      return `boot catalog, in place of the old one${path === undefined ? '' : ` ${path}`}`;
  }
}

function encodeBootRecord(catalogLba: Lba): Uint8Array {
  return bootRecord.encode({
    type: VOLUME_DESCRIPTOR_TYPE.bootRecord,
    standardIdentifier: STANDARD_IDENTIFIER,
    version: 1,
    bootSystemIdentifier: EL_TORITO_IDENTIFIER,
    bootIdentifier: '',
    locationOfBootCatalog: catalogLba,
    bootSystemUse: new Uint8Array(bootRecord.rangeOf('bootSystemUse').length),
  });
}

function runOf(start: number, bytes: number): { start: number; end: number } {
  return { start, end: start + blocksFor(bytes) };
}
