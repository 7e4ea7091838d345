import { IsoError } from '../errors.js';
import { bothByteOrders, both32, halvesAgree } from '../layout/field.js';
import { volumeDescriptor } from '../layout/volume-descriptor.js';
import type { TreeDescriptor } from '../read/descriptor-set.js';
import type { Image } from '../read/image.js';
import { BLOCK_SIZE, offsetOfLba } from '../units.js';
import type { Draft } from './draft.js';
import { RUN_OUT_BLOCKS } from './free-space.js';
import { planAnchor } from './udf-anchor.js';
import type { View } from './view.js';

/** Blocks on the smallest CD-R that is sold as holding 80 minutes. */
export const CD_BLOCKS = 359_844;

/** What mkisofs pads a CD with: a drive that reads ahead over the end of a track gives an error. */
const CD_PAD_BLOCKS = 150;
export const SMALLEST_PAD_BLOCKS = RUN_OUT_BLOCKS + 1;

/**
 * Ends a growing image: zero padding, an anchor of its UDF volume, the new volume size in every tree descriptor where it
 * stands now.
 *
 * Errors: `ISO_PLAN_GROWTH` when another file system or partition table is bound to the old end, or as `Draft.append` has
 * it; `ISO_VOLUME_BYTE_ORDER` when the field that has to be rewritten contradicts itself.
 */
export function planGrowth(image: Image, draft: Draft, view: View): number {
  requireFreeEnd(image);
  requireSmallLack(image);
  const volumeBlocks = image.volumeSize / BLOCK_SIZE;
  const oldPad = volumeBlocks - image.map.lastClaimedEnd(volumeBlocks);
  draft.append(Math.max(oldPad, padBehind(draft.appendEnd)));
  const blocks = draft.appendEnd;
  image.descriptorSet.trees.forEach(requireAgreement);
  planAnchor(image, draft, view, blocks);
  writeSpaceSize(image, draft, blocks);
  draft.fillGrowth();
  return blocks;
}

/** The least pad, in blocks, that belongs behind data that end so: what a CD's drive reads ahead, or the run-out. */
export function padBehind(end: number): number {
  return end + CD_PAD_BLOCKS <= CD_BLOCKS ? CD_PAD_BLOCKS : SMALLEST_PAD_BLOCKS;
}

/** The volume size in every tree descriptor, where that stands before anything moves. */
export function writeSpaceSize(image: Image, draft: Draft, blocks: number): void {
  const field = volumeDescriptor.rangeOf('volumeSpaceSize');
  for (const descriptor of image.descriptorSet.trees) {
    draft.addBytes(
      'pointers',
      offsetOfLba(descriptor.lba) + field.offset,
      encodeSpaceSize(blocks),
      `volume space size in the ${descriptor.kind} descriptor: ${blocks} blocks`,
    );
  }
  writeCopies(image, draft, blocks - image.volumeSize / BLOCK_SIZE);
}

/** A second descriptor set says the same in its own terms: it counts from the start of its session. */
function writeCopies({ sessions }: Image, draft: Draft, growth: number): void {
  const field = volumeDescriptor.rangeOf('volumeSpaceSize');
  for (const descriptor of sessions.flatMap(({ trees }) => trees)) {
    requireAgreement(descriptor);
    const blocks = descriptor.fields.volumeSpaceSize.littleEndian + growth;
    draft.addBytes(
      'pointers',
      offsetOfLba(descriptor.lba) + field.offset,
      encodeSpaceSize(blocks),
      `volume space size in the copy of the ${descriptor.kind} descriptor: ${blocks} blocks`,
    );
  }
}

function encodeSpaceSize(blocks: number): Uint8Array {
  const bytes = new Uint8Array(volumeDescriptor.rangeOf('volumeSpaceSize').length);
  both32().encode(bothByteOrders(blocks), bytes);
  return bytes;
}

/** Padding that a download lost; more than this is no padding, and writing it could fill a disk with zeros. */
const LARGEST_LACK = 16 * 1024 * 1024;

function requireSmallLack({ size, volumeSize }: Image): void {
  if (volumeSize - size > LARGEST_LACK) {
    throw new IsoError('ISO_PLAN_GROWTH', 'the image is too much shorter than its volume to be padded', {
      offset: size,
      found: size,
      wanted: volumeSize,
    });
  }
}

function requireFreeEnd(image: Image): void {
  // HFS and UDF have volume sizes of their own; HFS's second header stays where that volume ends.
  const kind = 'partition table';
  if (image.map.has(kind)) {
    throw new IsoError(
      'ISO_PLAN_GROWTH',
      'there is no free room, and the image cannot grow in step with its other structures',
      {
        offset: image.size,
        found: kind,
        wanted: 'an image without it, or free blocks',
      },
    );
  }
}

function requireAgreement({ fields, kind, lba: at }: TreeDescriptor): void {
  const { volumeSpaceSize } = fields;
  if (!halvesAgree(volumeSpaceSize)) {
    throw new IsoError(
      'ISO_VOLUME_BYTE_ORDER',
      `the two halves of the volume space size differ in the ${kind} descriptor`,
      {
        offset: offsetOfLba(at) + volumeDescriptor.offsetOf('volumeSpaceSize'),
        found: volumeSpaceSize.bigEndian,
        wanted: volumeSpaceSize.littleEndian,
      },
    );
  }
}
