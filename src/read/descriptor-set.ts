import { IsoError } from '../errors.js';
import { halvesAgree, latin1 } from '../layout/field.js';
import { RECOGNITION_IDENTIFIERS, NSR_IDENTIFIERS, volumeStructureDescriptor } from '../layout/udf.js';
import {
  bootRecord,
  EL_TORITO_IDENTIFIER,
  STANDARD_IDENTIFIER,
  VOLUME_DESCRIPTOR_TYPE,
  volumeDescriptor,
  volumeDescriptorHead,
  type VolumeDescriptor,
} from '../layout/volume-descriptor.js';
import { BLOCK_SIZE, lba, offsetOfLba, PRIMARY_VOLUME_DESCRIPTOR_LBA, type Lba } from '../units.js';
import { requireNotHfsAlone } from './apple-partition.js';
import type { BlockReader } from './block-reader.js';
import type { Findings } from './finding.js';
import { LIMITS } from './limits.js';

/** What a descriptor is, by its type, version and contents. */
export type DescriptorKind =
  | 'primary'
  | 'joliet'
  | 'supplementary'
  | 'enhanced'
  | 'el-torito'
  | 'boot-record'
  | 'partition'
  | 'terminator'
  | 'unknown';

/** One block of the volume descriptor set. */
export interface Descriptor {
  /** The block that it lies in. */
  readonly lba: Lba;
  /** Its volume descriptor type (ECMA-119 8.1.1). */
  readonly type: number;
  /** What it is. */
  readonly kind: DescriptorKind;
  /** The block as it stands. */
  readonly block: Uint8Array;
}

/** A descriptor of a volume's tree: primary, supplementary or enhanced. */
export interface TreeDescriptor extends Descriptor {
  /** Which tree it describes. */
  readonly kind: 'primary' | 'joliet' | 'supplementary' | 'enhanced';
  /** Its fields. */
  readonly fields: VolumeDescriptor;
}

/** The descriptors from the primary one to the terminator, and a UDF recognition sequence right behind them. */
export interface DescriptorSet {
  /** All descriptors, in order. */
  readonly descriptors: readonly Descriptor[];
  /** The primary volume descriptor. */
  readonly primary: TreeDescriptor;
  /** Primary, then the others in their order on disc. */
  readonly trees: readonly TreeDescriptor[];
  /** The first El Torito boot record, wherever in the set it stands. */
  readonly bootRecord:
    | {
        /** The block of the boot record. */
        readonly lba: Lba;
        /** The block that it points at. */
        readonly catalogLba: Lba;
      }
    | undefined;
  /** The block of the terminator. */
  readonly terminatorLba: Lba;
  /** Volume structure descriptors behind the terminator; empty where there is no UDF. */
  readonly recognition: readonly Descriptor[];
  /** Whether a UDF volume is announced behind it. */
  readonly hasUdf: boolean;
}

const BATCH_BLOCKS = 8;

/**
 * Reads the volume descriptor set (ECMA-119 8.1) from block 16, or from where a session has it, and the recognition
 * sequence behind it (ECMA-167 2/8.3).
 *
 * Errors: `ISO_VOLUME_NOT_ISO9660` without a Primary Volume Descriptor at block 16, `ISO_VOLUME_UDF_ONLY` and
 * `ISO_VOLUME_HFS_ONLY` where there is such a volume instead, `ISO_VOLUME_NO_TERMINATOR` when the set does not end before
 * the image or the limit does.
 */
export async function readDescriptorSet(
  reader: BlockReader,
  findings: Findings,
  start: Lba = PRIMARY_VOLUME_DESCRIPTOR_LBA,
): Promise<DescriptorSet> {
  const blocks = new BlockCursor(reader);
  const descriptors: Descriptor[] = [];
  let at = start as number;
  for (;;) {
    const block = await blocks.at(lba(at));
    const descriptor =
      descriptors.length === 0
        ? await requirePrimary(reader, lba(at), block)
        : block && describe(lba(at), block);
    if (descriptor === undefined || descriptors.length >= LIMITS.volumeDescriptors) {
      throw new IsoError('ISO_VOLUME_NO_TERMINATOR', 'the volume descriptors have no terminator', {
        offset: offsetOfLba(lba(at)),
        found: block === undefined ? 'the end of the image' : 'something else',
        wanted: 'a descriptor of type 255',
      });
    }
    descriptors.push(descriptor);
    at += 1;
    // The standard allows several; what is behind them all is not theirs.
    if (descriptor.kind === 'terminator' && !(await isTerminatorAt(blocks, lba(at)))) {
      break;
    }
  }
  const recognition = await readRecognition(blocks, lba(at));
  return assemble(descriptors, recognition, findings);
}

async function isTerminatorAt(blocks: BlockCursor, at: Lba): Promise<boolean> {
  const block = await blocks.at(at);
  return block !== undefined && describe(at, block)?.kind === 'terminator';
}

/** Hands out blocks one at a time and reads them several at once. */
class BlockCursor {
  #first = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(private readonly reader: BlockReader) {}

  async at(block: Lba): Promise<Uint8Array | undefined> {
    let start = (block - this.#first) * BLOCK_SIZE;
    if (start + BLOCK_SIZE > this.#bytes.length) {
      this.#bytes = await this.reader.readUpTo(offsetOfLba(block), BATCH_BLOCKS * BLOCK_SIZE);
      this.#first = block;
      start = 0;
    }
    const bytes = this.#bytes.subarray(start, start + BLOCK_SIZE);
    return bytes.length === BLOCK_SIZE ? bytes.slice() : undefined;
  }
}

function isRecognition(block: Uint8Array | undefined): boolean {
  const identifier = block === undefined ? '' : volumeStructureDescriptor.decode(block).standardIdentifier;
  return (RECOGNITION_IDENTIFIERS as readonly string[]).includes(identifier);
}

/**
 * The Primary Volume Descriptor that a block holds; nothing stands for a block beyond the end of the image.
 *
 * Errors: `ISO_VOLUME_NOT_ISO9660`, `ISO_VOLUME_UDF_ONLY`, `ISO_VOLUME_HFS_ONLY`.
 */
export async function requirePrimary(
  reader: BlockReader,
  at: Lba,
  block: Uint8Array | undefined,
): Promise<Descriptor> {
  const descriptor = block && describe(at, block);
  if (descriptor?.kind === 'primary') {
    return descriptor;
  }
  if (descriptor === undefined && !isRecognition(block)) {
    await requireNotHfsAlone(reader);
  }
  const identifier = block === undefined ? '' : latin1(block.subarray(1, 6));
  const isUdfOnly = (RECOGNITION_IDENTIFIERS as readonly string[]).includes(identifier);
  const [code, reason] = isUdfOnly
    ? (['ISO_VOLUME_UDF_ONLY', 'is a UDF disc without an ISO 9660 volume'] as const)
    : (['ISO_VOLUME_NOT_ISO9660', 'is not an ISO 9660 image'] as const);
  throw new IsoError(code, `${reader.source.name} ${reason}`, {
    offset: offsetOfLba(PRIMARY_VOLUME_DESCRIPTOR_LBA),
    found: block === undefined ? 'the end of the image' : printable(identifier),
    wanted: 'a Primary Volume Descriptor',
  });
}

function printable(text: string): string {
  return /^[\x20-\x7e]+$/.test(text) ? text : 'other bytes';
}

function describe(at: Lba, block: Uint8Array): Descriptor | undefined {
  const head = volumeDescriptorHead.decode(block);
  if (head.standardIdentifier !== STANDARD_IDENTIFIER) {
    return undefined;
  }
  return { lba: at, type: head.type, kind: kindOf(head.type, head.version, block), block };
}

function kindOf(type: number, version: number, block: Uint8Array): DescriptorKind {
  switch (type) {
    case VOLUME_DESCRIPTOR_TYPE.bootRecord:
      return isElTorito(block) ? 'el-torito' : 'boot-record';
    case VOLUME_DESCRIPTOR_TYPE.primary:
      return 'primary';
    case VOLUME_DESCRIPTOR_TYPE.supplementary:
      return supplementaryKind(version, block);
    case VOLUME_DESCRIPTOR_TYPE.partition:
      return 'partition';
    case VOLUME_DESCRIPTOR_TYPE.terminator:
      return 'terminator';
    default:
      return 'unknown';
  }
}

/** Firmware differs in what padding it takes behind the identifier, so any is recognised here. */
function isElTorito(block: Uint8Array): boolean {
  const { bootSystemIdentifier } = bootRecord.decode(block);
  return bootSystemIdentifier.startsWith(EL_TORITO_IDENTIFIER);
}

/** The escape sequences of UCS-2 levels 1 to 3 make a supplementary volume a Joliet one (Joliet 1.0). */
const JOLIET_ESCAPE_SEQUENCES = ['%/@', '%/C', '%/E'];

function supplementaryKind(version: number, block: Uint8Array): DescriptorKind {
  if (version >= 2) {
    return 'enhanced';
  }
  const { escapeSequences } = volumeDescriptor.decode(block);
  return JOLIET_ESCAPE_SEQUENCES.includes(latin1(escapeSequences.subarray(0, 3)))
    ? 'joliet'
    : 'supplementary';
}

async function readRecognition(blocks: BlockCursor, start: Lba): Promise<Descriptor[]> {
  const found: Descriptor[] = [];
  for (let i = 0; i < LIMITS.recognitionBlocks; i += 1) {
    const at = lba(start + i);
    const block = await blocks.at(at);
    if (block === undefined) {
      break;
    }
    const { structureType, standardIdentifier } = volumeStructureDescriptor.decode(block);
    if (!(RECOGNITION_IDENTIFIERS as readonly string[]).includes(standardIdentifier)) {
      break;
    }
    found.push({ lba: at, type: structureType, kind: 'unknown', block });
  }
  return found;
}

function assemble(descriptors: Descriptor[], recognition: Descriptor[], findings: Findings): DescriptorSet {
  const trees = descriptors.filter(isTree).map((descriptor) => ({
    ...descriptor,
    fields: volumeDescriptor.decode(descriptor.block),
  }));
  const [primary] = trees;
  const last = descriptors.at(-1);
  if (primary === undefined || last === undefined) {
    throw new IsoError('ISO_INTERNAL', 'a descriptor set without a primary one');
  }
  trees.forEach((tree) => checkHalves(tree, findings));
  const elTorito = descriptors.find(({ kind }) => kind === 'el-torito');
  const identifiers = recognition.map(
    ({ block }) => volumeStructureDescriptor.decode(block).standardIdentifier,
  );
  return {
    descriptors,
    primary,
    trees,
    bootRecord:
      elTorito === undefined
        ? undefined
        : { lba: elTorito.lba, catalogLba: lba(bootRecord.decode(elTorito.block).locationOfBootCatalog) },
    terminatorLba: last.lba,
    recognition,
    hasUdf: identifiers.some((identifier) => NSR_IDENTIFIERS.includes(identifier)),
  };
}

const TREE_KINDS: readonly DescriptorKind[] = ['primary', 'joliet', 'supplementary', 'enhanced'];

function isTree(descriptor: Descriptor): descriptor is Omit<TreeDescriptor, 'fields'> {
  return TREE_KINDS.includes(descriptor.kind);
}

const BOTH_BYTE_ORDER_FIELDS = ['volumeSpaceSize', 'logicalBlockSize', 'pathTableSize'] as const;

function checkHalves(tree: TreeDescriptor, findings: Findings): void {
  for (const field of BOTH_BYTE_ORDER_FIELDS) {
    const value = tree.fields[field];
    if (!halvesAgree(value)) {
      findings.add(
        'warning',
        'ISO_VOLUME_BYTE_ORDER',
        `the halves of ${field} differ in the ${tree.kind} descriptor`,
        {
          offset: offsetOfLba(tree.lba) + volumeDescriptor.offsetOf(field),
          found: value.bigEndian,
          wanted: value.littleEndian,
        },
      );
    }
  }
}
