import type { SuseDigest } from '../layout/suse-digest.js';
import type { CatalogPlacement } from '../plan/boot-catalog.js';
import type { Phase } from '../plan/patch.js';
import type { BootInfoTableState } from '../read/boot-file.js';
import type { SizeFrom } from '../read/boot-image.js';
import type { DescriptorKind } from '../read/descriptor-set.js';
import type { Finding } from '../read/finding.js';
import type { ManifestEntry } from '../read/manifest.js';
import type { Hybrid } from '../read/partition-overlay.js';
import type { MediumName } from './medium.js';
import type { EmulationName, PlatformName } from './name.js';
import type { UndoStateReport } from './undo.js';

/** What a loader is called in reports. */
export interface LoaderReport {
  /** Such as `ISOLINUX`, `GRUB 2`, `FAT image`; more may come. */
  readonly name: string;
  /** The version that it tells. */
  readonly version: string | null;
}

/** One write, as `inject` reports it. */
export interface ChangeReport {
  /** Byte offset in the image. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** When it is written. */
  readonly phase: Phase;
  /** What it is for, for people. */
  readonly what: string;
}

/** What firmware can boot the result, and why. */
export interface BootsReport {
  /** Whether a BIOS boots it. */
  readonly bios: boolean;
  /** Whether UEFI boots it. */
  readonly uefi: boolean;
  /** From a USB stick, as far as there is a partition table at all. */
  readonly usb: boolean;
  /** Why or why not, for people. */
  readonly because: {
    /** Why a BIOS boots it, or does not. */
    readonly bios: string;
    /** Why UEFI boots it, or does not. */
    readonly uefi: string;
    /** What there is for a USB stick. */
    readonly usb: string;
  };
}

/** The outcome of `inject`; documented in docs/json.md. */
export interface InjectReport {
  readonly schema: 'isoboot.inject/1';
  /** The image, as it was named. */
  readonly input: string;
  /** Nothing for a dry run, and where nothing had to be done. */
  readonly output: string | null;
  /** How it was written. */
  readonly mode: 'in-place' | 'copy' | 'stream';
  /** Whether nothing was to be written. */
  readonly dryRun: boolean;
  /** Whether the image was bootable in this very way before, so that nothing was done. */
  readonly alreadyDone: boolean;
  /** The boot file of the first new entry. */
  readonly bootFile: {
    /** Its path in the image, or the name of the local file it comes from. */
    readonly path: string;
    /** Its first block in the result. */
    readonly lba: number;
    /** Its length in bytes. */
    readonly size: number;
    /** What loader it is; null for one that is not known by name. */
    readonly loader: LoaderReport | null;
    /** The table in bytes 8 to 63 of the boot file. */
    readonly bootInfoTable: {
      /** Whether it was written. */
      readonly written: boolean;
      /** Why, for people. */
      readonly reason: string;
    };
  };
  /** The entries of the new boot catalog, the initial entry first. */
  readonly entries: readonly {
    /** What it is for. */
    readonly platform: PlatformName;
    /** What it looks like to the firmware. */
    readonly emulation: EmulationName;
    /** Its path in the image, or the name it comes from. */
    readonly path: string;
    /** The first block of its boot image. */
    readonly lba: number;
    /** Bytes in its boot image. */
    readonly size: number;
    /** In 512-byte sectors. */
    readonly loadSize: number;
    /** The segment it is loaded to; 0 stands for 0x7c0. */
    readonly loadSegment: number;
  }[];
  /** Which firmware boots the result. */
  readonly boots: BootsReport;
  /** The boot catalog. */
  readonly catalog: {
    /** Its block. */
    readonly lba: number;
    /** How that block was chosen. */
    readonly placement: CatalogPlacement | 'unchanged';
  };
  /** What had to go elsewhere to make room for the volume descriptors; places and lengths in blocks of 2048 bytes. */
  readonly moved: readonly {
    /** What it is, for people. */
    readonly what: string;
    /** The block at which it was. */
    readonly from: number;
    /** The block at which it is. */
    readonly to: number;
    /** Its length in blocks of 2,048 bytes. */
    readonly blocks: number;
  }[];
  /** Every write, in order. */
  readonly changes: readonly ChangeReport[];
  /** Bytes that are written over or appended, each counted once. */
  readonly bytesChanged: number;
  /** Bytes by which the image is longer than before. */
  readonly grownBy: number;
  /** Bytes in the result. */
  readonly size: number;
  /** The media that the result fits on. */
  readonly media: readonly MediumName[];
  /** The implanted MD5; nothing where there is none. */
  readonly mediaCheck: {
    /** 32 hexadecimal digits; null where there was none. */
    readonly before: string | null;
    /** 32 hexadecimal digits; null where there is none, and for a new one in a dry run. */
    readonly after: string | null;
  };
  /** What lists of checksums in the image say of the boot files. */
  readonly manifests: readonly (ManifestEntry & {
    /** Whether the boot file has other bytes in the result than in the input. */
    readonly changed: boolean;
  })[];
  /** Path of the undo file. */
  readonly undo: string | null;
  /** What may go wrong with the result, for people. */
  readonly warnings: readonly string[];
  /** Of the result, where the whole of it was read anyway. */
  readonly sha256: string | null;
}

/** One boot catalog entry, as `inspect` reports it. */
export interface EntryReport {
  /** Its number, from 1 on: what `--entry` and `--donor-entry` take. */
  readonly index: number;
  /** What it is for, as in `isoboot.inject/1`. */
  readonly platform: PlatformName;
  /** Whether it is marked as bootable. */
  readonly bootable: boolean;
  /** What it looks like to the firmware, as in `isoboot.inject/1`. */
  readonly emulation: EmulationName;
  /** The segment it is loaded to; 0 stands for 0x7c0. */
  readonly loadSegment: number;
  /** In 512-byte sectors, as the catalog says. */
  readonly loadSize: number;
  /** The first block of its boot image. */
  readonly lba: number;
  /** Nothing for a hidden boot image. */
  readonly path: string | null;
  /** Bytes. */
  readonly size: number;
  /** What tells that size. */
  readonly sizeFrom: SizeFrom;
  /** False where the size is only an upper limit. */
  readonly sizeCertain: boolean;
  /** What loader it is; null for one that is not known by name. */
  readonly loader: LoaderReport | null;
  /** The table in bytes 8 to 63 of the boot file. */
  readonly bootInfoTable: BootInfoTableState;
}

/** The outcome of `inspect`; documented in docs/json.md. */
export interface InspectReport {
  readonly schema: 'isoboot.inspect/1';
  /** The image, as it was named. */
  readonly input: string;
  /** Bytes in the image. */
  readonly size: number;
  /** What the Primary Volume Descriptor says. */
  readonly volume: {
    /** Volume identifier. */
    readonly id: string;
    /** Volume space size, in logical blocks. */
    readonly blocks: number;
    /** Bytes in a logical block. */
    readonly blockSize: number;
    /** System identifier. */
    readonly system: string;
    /** Publisher identifier. */
    readonly publisher: string;
    /** Data preparer identifier. */
    readonly preparer: string;
    /** Application identifier. */
    readonly application: string;
    /** When the volume was made; null if it does not say. */
    readonly created: string | null;
  };
  /** The volume descriptors, in their order on the disc. */
  readonly descriptors: readonly {
    /** Its block. */
    readonly lba: number;
    /** What it is. */
    readonly type: DescriptorKind;
  }[];
  /** What there is beside plain ISO 9660. */
  readonly extensions: {
    /** Whether there is a Joliet tree. */
    readonly joliet: boolean;
    /** Whether the primary tree has Rock Ridge's names and modes. */
    readonly rockRidge: boolean;
    /** Whether a UDF volume is announced. */
    readonly udf: boolean;
    /** HFS or HFS+, as `hybrid.hfs` has it. */
    readonly hfs: boolean;
    /** How many sessions; null where the logical blocks are no sectors of 2048 bytes. */
    readonly sessions: number | null;
  };
  /** Files in the primary tree. */
  readonly files: number;
  /** Directories in the primary tree, its root among them. */
  readonly directories: number;
  /** The boot record and catalog; null where there is no boot record. */
  readonly boot: {
    /** Block of the boot record. */
    readonly recordLba: number;
    /** Block of the boot catalog, as the boot record has it. */
    readonly catalogLba: number;
    /** False where the boot record points at something that is no boot catalog. */
    readonly sound: boolean;
    /** The entries of the catalog, in its order. */
    readonly entries: readonly EntryReport[];
  } | null;
  /** What shares the first 32 KiB of the image with the volume. */
  readonly hybrid: Omit<Hybrid, 'mbrBootFileLba'> & {
    /** Block of the boot file that the code in the MBR loads; null without such code. */
    readonly mbrBootFileLba: number | null;
  };
  /** The implanted MD5 that installers check; null where there is none. */
  readonly mediaCheck: {
    /** 32 hexadecimal digits. */
    readonly md5: string;
    /** Blocks at the end of the volume that it does not cover. */
    readonly skipSectors: number;
    /** How many intermediate sums there are; null where the field does not say. */
    readonly fragmentCount: number | null;
  } | null;
  /** What edits in place left beside the image; nothing where there is no undo file. */
  readonly undo: UndoStateReport | null;
  /** The digest of SUSE's checkmedia, which stands in the same field. */
  readonly suseDigest: {
    /** `md5`, `sha1`, `sha224`, `sha256`, `sha384` or `sha512`. */
    readonly algorithm: SuseDigest['algorithm'];
    /** Hexadecimal digits. */
    readonly digest: string;
    /** Blocks at the end of the volume that it takes as zeros. */
    readonly padBlocks: number;
  } | null;
  /** What lists of checksums in the image say of the boot files. */
  readonly manifests: readonly ManifestEntry[];
  /** Oddities that did not keep the image from being read. */
  readonly findings: readonly Finding[];
}

/** The outcome of `extract-boot` for one image; documented in docs/json.md. */
export interface ExtractedReport {
  /** Number of the catalog entry; nothing for a loader of the tree, and for the catalog. */
  readonly entry: number | null;
  /** Its first block. */
  readonly lba: number;
  /** Bytes that were saved. */
  readonly size: number;
  /** What tells that size, as in `isoboot.inspect/1`; null for the catalog. */
  readonly sizeFrom: SizeFrom | null;
  /** False where the size is only an upper limit. */
  readonly sizeCertain: boolean;
  /** What loader it is; null for one that is not known by name, and for the catalog. */
  readonly loader: LoaderReport | null;
  /** Where it was saved, `-` for standard output. */
  readonly output: string;
  /** Of what was saved, 64 hexadecimal digits. */
  readonly sha256: string;
}
