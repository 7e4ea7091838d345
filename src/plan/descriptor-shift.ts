import { IsoError } from '../errors.js';
import { latin1 } from '../layout/field.js';
import type { Claim } from '../read/allocation-map.js';
import type { Descriptor } from '../read/descriptor-set.js';
import type { Image } from '../read/image.js';
import { BLOCK_SIZE, BOOT_RECORD_LBA, lba, offsetOfLba, type Lba } from '../units.js';
import type { Draft } from './draft.js';
import type { View } from './view.js';

/** The descriptors that move up by one block to free block 17: all behind the primary one, and UDF's sequence. */
export function movingDescriptors({ descriptorSet }: Image): readonly Descriptor[] {
  return [...descriptorSet.descriptors.slice(1), ...descriptorSet.recognition];
}

/**
 * The block that the last descriptor moves into: behind the terminator, or behind the recognition sequence.
 *
 * Errors: `ISO_PLAN_NO_ROOM` when it is in use, by whatever refers to it or by what stands in it.
 */
export function requireRoom(image: Image, view: View): Lba {
  const last = movingDescriptors(image).at(-1);
  const room = lba((last?.lba ?? BOOT_RECORD_LBA - 1) + 1);
  const offset = offsetOfLba(room);
  const [claim] = image.map.overlapping(room, room + 1);
  if (claim !== undefined) {
    throw new IsoError(
      'ISO_PLAN_NO_ROOM',
      `${describeClaim(claim)} stands right behind the volume descriptors`,
      {
        offset,
        found: claim.kind,
        wanted: 'a free block',
      },
    );
  }
  if (offset + BLOCK_SIZE > image.size) {
    throw new IsoError('ISO_PLAN_NO_ROOM', 'the image ends right behind the volume descriptors', {
      offset,
      found: 'the end of the image',
      wanted: 'a free block',
    });
  }
  if (!isDispensable(view.read(offset, BLOCK_SIZE))) {
    throw new IsoError('ISO_PLAN_NO_ROOM', 'unknown data stand right behind the volume descriptors', {
      offset,
      found: 'data that nothing refers to',
      wanted: 'a free block',
    });
  }
  return room;
}

/** Whether a block that nothing refers to may go: it is zero, or holds only the writer's note of itself. */
export function isDispensable(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0) || isWritersText(block);
}

/** What mkisofs (MKI), libarchive (INFO) and PowerISO leave behind the terminator: text, padded with NUL. */
function isWritersText(block: Uint8Array): boolean {
  const text = latin1(block);
  if (text.startsWith('MKI ') || text.startsWith('INFO ')) {
    return true;
  }
  return /^[\t\n\r\x20-\x7e]*PowerISO[\t\n\r\x20-\x7e]*\0*$/.test(text);
}

/** Moves every descriptor up by one block, the highest first; `contentOf` gives what each is to hold there. */
export function planShift(
  image: Image,
  draft: Draft,
  contentOf: (descriptor: Descriptor) => Uint8Array,
): void {
  for (const descriptor of movingDescriptors(image).toReversed()) {
    const to = lba(descriptor.lba + 1);
    const what = descriptor.kind === 'unknown' ? 'UDF recognition block' : `${descriptor.kind} descriptor`;
    draft.addBytes(
      'descriptors',
      offsetOfLba(to),
      contentOf(descriptor),
      `${what} moves up from block ${descriptor.lba}`,
    );
  }
}

function describeClaim({ kind, node }: Claim): string {
  return node === undefined ? `the ${kind}` : `the ${kind} ${node.path}`;
}
