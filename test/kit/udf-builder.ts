/** Builds small bridge discs: one set of files under an ISO 9660 tree and a UDF one, or under UDF alone. */
import { bothByteOrders } from '../../src/layout/field.js';
import { ACCESS_TYPE, anchorVolumeDescriptorPointer } from '../../src/layout/udf.js';
import { BLOCK_SIZE, blocksFor } from '../../src/units.js';
import {
  bridgeTree,
  foldersOf,
  isoDirectory,
  pathTable,
  type BridgeFolder,
  type FilesByPath,
} from './bridge-tree.js';
import { ImageBuilder, joined } from './image-builder.js';
import {
  entryOf,
  filled,
  identifierLength,
  identifierOf,
  recognition,
  tagged,
  type EntryStyle,
} from './udf-descriptors.js';
import {
  BITMAP_AT,
  BITMAP_BLOCKS,
  fileSet,
  integrity,
  PARTITION_START,
  SEQUENCES,
  spaceBitmap,
  volumeSequence,
  type VolumeFacts,
} from './udf-volume.js';

/** What a built bridge disc is to be like. */
export interface BridgeSpec extends Partial<EntryStyle> {
  /** Files that both trees name, by path. */
  readonly files?: FilesByPath;
  /** Files that only UDF names. */
  readonly udfOnly?: FilesByPath;
  /** Free blocks right behind the recognition sequence; 10 unless told. */
  readonly freeBlocks?: number;
  /** What comes first behind those; a path table unless told. */
  readonly behind?: 'path table' | 'directory' | 'UDF structure';
  /** Keeps a space bitmap; without one the partition is read-only. */
  readonly bitmap?: 'exact' | 'all used';
  readonly accessType?: number;
  /** Files of up to 1,000 bytes, and directories, stand in their file entries. */
  readonly embedded?: boolean;
  /** Zero blocks of the partition behind its last file, and of the volume behind those; 0 and 200 unless told. */
  readonly freeInPartition?: number;
  readonly pad?: number;
  /** Where an anchor stands beside block 256: at the last block unless told, or 256 blocks in front of it. */
  readonly endAnchors?: readonly ('last' | 'last - 256')[];
}

const RECOGNITION_AT = 18;
const EMBEDDED_LIMIT = 1000;

/** A bridge disc of a spec: ISO 9660 at the front, UDF from block 257 on, all file data in the partition. */
export function bridgeImage(spec: BridgeSpec = {}): ImageBuilder {
  return new BridgeBuilder(spec).build();
}

/** The file tree of a Windows install disc: ISO 9660 readers see a note only, the rest is UDF's. */
export function windowsTree(
  etfsboot: Uint8Array,
  efisys: Uint8Array,
): Required<Pick<BridgeSpec, 'files' | 'udfOnly'>> {
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  return {
    files: { '/README.TXT': text('This disc contains a "UDF" file system.\r\n') },
    udfOnly: {
      '/boot/bcd': new Uint8Array(3000).fill(0xbc),
      '/boot/etfsboot.com': etfsboot,
      '/efi/microsoft/boot/efisys.bin': efisys,
      '/sources/install.wim': new Uint8Array(10_000).fill(0x77),
      '/setup.exe': new Uint8Array(5000).fill(0x5e),
      '/Begrüßung €.txt': text('two bytes a character'),
    },
  };
}

class BridgeBuilder {
  readonly #spec: BridgeSpec;
  readonly #style: EntryStyle;
  readonly #version: number;
  readonly #root: BridgeFolder;
  readonly #folders: BridgeFolder[];
  readonly #tables = { l: 0, m: 0, length: 0 };
  #main: number = SEQUENCES.main;
  /** Logical blocks of the partition that are taken, and all there are. */
  #used = 0;
  #partitionBlocks = 0;
  #uniqueId = 16;

  constructor(spec: BridgeSpec) {
    this.#spec = spec;
    this.#style = { extended: spec.extended === true, long: spec.long === true };
    this.#version = this.#style.extended ? 3 : 2;
    this.#root = bridgeTree(spec.files ?? {}, spec.udfOnly ?? {});
    this.#folders = foldersOf(this.#root);
  }

  build(): ImageBuilder {
    this.#placeIso();
    this.#placeUdf();
    const blocks = PARTITION_START + this.#partitionBlocks + (this.#spec.pad ?? 200) + 1;
    const image = new ImageBuilder(blocks);
    this.#putIso(image);
    this.#putVolume(image);
    this.#putFiles(image);
    return image;
  }

  #placeIso(): void {
    const { freeBlocks = 10, behind = 'path table' } = this.#spec;
    let next = RECOGNITION_AT + 3 + freeBlocks;
    const folders = this.#folders.filter(({ iso }) => iso !== undefined);
    const placeFolders = (): void =>
      folders.forEach((folder) => {
        const { length } = isoDirectory(folder);
        folder.iso = { at: next, length };
        next += blocksFor(length);
      });
    this.#tables.length = pathTable(this.#root, 'L').length;
    if (behind === 'UDF structure') {
      this.#main = next;
      next += SEQUENCES.blocks;
    }
    if (behind === 'directory') {
      placeFolders();
    }
    this.#tables.l = next;
    this.#tables.m = next + blocksFor(this.#tables.length);
    next = this.#tables.m + blocksFor(this.#tables.length);
    if (behind !== 'directory') {
      placeFolders();
    }
    if (next > SEQUENCES.main) {
      throw new RangeError('too many folders for the room in front of the UDF structures');
    }
  }

  #facts(): VolumeFacts {
    const { bitmap, accessType } = this.#spec;
    const files = this.#folders.reduce((sum, folder) => sum + folder.files.length, 0);
    return {
      version: this.#version,
      revision: this.#style.extended ? 0x0201 : 0x0102,
      bitmap,
      accessType: accessType ?? (bitmap === undefined ? ACCESS_TYPE.readOnly : ACCESS_TYPE.overwritable),
      usedBlocks: this.#used,
      partitionBlocks: this.#partitionBlocks,
      files,
      folders: this.#folders.length,
      rootEntry: this.#root.entry,
    };
  }

  #take(blocks: number): number {
    const at = this.#used;
    this.#used += blocks;
    return at;
  }

  #placeUdf(): void {
    this.#take(2);
    if (this.#spec.bitmap !== undefined) {
      this.#take(BITMAP_BLOCKS);
    }
    this.#folders.forEach((folder) => {
      folder.entry = this.#take(1);
      folder.data = this.#isEmbedded(this.#directoryLength(folder))
        ? folder.entry
        : this.#take(blocksFor(this.#directoryLength(folder)));
    });
    const files = this.#folders.flatMap((folder) => folder.files);
    files.forEach((file) => (file.entry = this.#take(1)));
    files.forEach((file) => (file.at = PARTITION_START + this.#take(blocksFor(file.bytes.length))));
    this.#partitionBlocks = this.#used + (this.#spec.freeInPartition ?? 0);
  }

  #isEmbedded(length: number): boolean {
    return this.#spec.embedded === true && length <= EMBEDDED_LIMIT;
  }

  #directoryLength({ folders, files }: BridgeFolder): number {
    return ['', ...[...folders, ...files].map(({ name }) => name)]
      .map(identifierLength)
      .reduce((sum, length) => sum + length, 0);
  }

  #putIso(image: ImageBuilder): void {
    const { at, length } = this.#root.iso ?? { at: 0, length: 0 };
    image.primary(
      {
        pathTableSize: bothByteOrders(this.#tables.length),
        locationOfTypeLPathTable: this.#tables.l,
        locationOfTypeMPathTable: this.#tables.m,
      },
      { at, length },
    );
    image.terminator(RECOGNITION_AT - 1);
    ['BEA01', this.#style.extended ? 'NSR03' : 'NSR02', 'TEA01'].forEach((identifier, i) =>
      image.put(RECOGNITION_AT + i, recognition(identifier)),
    );
    image.put(this.#tables.l, pathTable(this.#root, 'L'));
    image.put(this.#tables.m, pathTable(this.#root, 'M'));
    for (const folder of this.#folders) {
      if (folder.iso !== undefined) {
        image.put(folder.iso.at, isoDirectory(folder));
      }
    }
  }

  #putVolume(image: ImageBuilder): void {
    const facts = this.#facts();
    const sequenceBytes = SEQUENCES.blocks * BLOCK_SIZE;
    for (const start of [this.#main, SEQUENCES.reserve]) {
      volumeSequence(facts).forEach(([kind, body], i) =>
        image.put(start + i, tagged(kind, start + i, body, this.#version)),
      );
    }
    image.put(SEQUENCES.integrity, integrity(facts));
    image.put(
      SEQUENCES.integrity + 1,
      tagged('terminating', SEQUENCES.integrity + 1, new Uint8Array(512), this.#version),
    );
    const pointer = filled(anchorVolumeDescriptorPointer, {
      mainVolumeDescriptorSequenceLength: sequenceBytes,
      mainVolumeDescriptorSequenceLocation: this.#main,
      reserveVolumeDescriptorSequenceLength: sequenceBytes,
      reserveVolumeDescriptorSequenceLocation: SEQUENCES.reserve,
    });
    const last = image.blocks - 1;
    const ends = (this.#spec.endAnchors ?? ['last']).map((end) => (end === 'last' ? last : last - 256));
    [256, ...ends].forEach((at) => image.put(at, tagged('anchor', at, pointer, this.#version)));
  }

  #putFiles(image: ImageBuilder): void {
    const put = (at: number, bytes: Uint8Array): ImageBuilder => image.put(PARTITION_START + at, bytes);
    const facts = this.#facts();
    put(0, fileSet(facts));
    put(1, tagged('terminating', 1, new Uint8Array(512), this.#version));
    if (this.#spec.bitmap !== undefined) {
      put(BITMAP_AT, spaceBitmap(facts));
    }
    for (const folder of this.#folders) {
      this.#putFolder(folder, put);
      for (const file of folder.files) {
        const { bytes, entry, at } = file;
        const isEmbedded = this.#isEmbedded(bytes.length) && file.udfOnly;
        const run = { at: at - PARTITION_START, length: bytes.length };
        const data = isEmbedded ? bytes : bytes.length === 0 ? [] : [run];
        const plain = { at: entry, directory: false, links: 1, uniqueId: (this.#uniqueId += 1) };
        put(entry, entryOf({ ...plain, size: bytes.length, data }, this.#style));
        if (!isEmbedded) {
          image.put(at, bytes);
        }
      }
    }
  }

  #putFolder(folder: BridgeFolder, put: (at: number, bytes: Uint8Array) => unknown): void {
    const length = this.#directoryLength(folder);
    const isEmbedded = this.#isEmbedded(length);
    const children = [
      { name: '', entry: (folder.parent ?? folder).entry, directory: true },
      ...folder.folders.map(({ name, entry }) => ({ name, entry, directory: true })),
      ...folder.files.map(({ name, entry }) => ({ name, entry, directory: false })),
    ];
    let at = 0;
    const identifiers = children.map((child) => {
      const block = folder.data + (isEmbedded ? 0 : Math.floor(at / BLOCK_SIZE));
      const bytes = identifierOf({ ...child, at: block, uniqueId: child.entry }, this.#version);
      at += bytes.length;
      return bytes;
    });
    const bytes = joined(...identifiers);
    const uniqueId = folder.parent === undefined ? 0 : (this.#uniqueId += 1);
    const data = isEmbedded ? bytes : [{ at: folder.data, length }];
    const links = folder.folders.length + 1;
    put(
      folder.entry,
      entryOf({ at: folder.entry, directory: true, links, uniqueId, size: length, data }, this.#style),
    );
    if (!isEmbedded) {
      put(folder.data, bytes);
    }
  }
}
