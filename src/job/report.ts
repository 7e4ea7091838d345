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
  readonly name: string;
  readonly version: string | null;
}

/** One write, as `inject` reports it. */
export interface ChangeReport {
  /** Byte offset in the image. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  readonly phase: Phase;
  readonly what: string;
}

/** What firmware can boot the result, and why. */
export interface BootsReport {
  readonly bios: boolean;
  readonly uefi: boolean;
  /** From a USB stick, as far as there is a partition table at all. */
  readonly usb: boolean;
  readonly because: { readonly bios: string; readonly uefi: string; readonly usb: string };
}

/** The outcome of `inject`; documented in docs/json.md. */
export interface InjectReport {
  readonly schema: 'isoboot.inject/1';
  readonly input: string;
  /** Nothing for a dry run, and where nothing had to be done. */
  readonly output: string | null;
  readonly mode: 'in-place' | 'copy' | 'stream';
  readonly dryRun: boolean;
  /** Whether the image was bootable in this very way before, so that nothing was done. */
  readonly alreadyDone: boolean;
  readonly bootFile: {
    readonly path: string;
    readonly lba: number;
    readonly size: number;
    readonly loader: LoaderReport | null;
    readonly bootInfoTable: { readonly written: boolean; readonly reason: string };
  };
  readonly entries: readonly {
    readonly platform: PlatformName;
    readonly emulation: EmulationName;
    readonly path: string;
    readonly lba: number;
    readonly size: number;
    /** In 512-byte sectors. */
    readonly loadSize: number;
    readonly loadSegment: number;
  }[];
  readonly boots: BootsReport;
  readonly catalog: { readonly lba: number; readonly placement: CatalogPlacement | 'unchanged' };
  /** What had to go elsewhere to make room for the volume descriptors; places and lengths in blocks of 2048 bytes. */
  readonly moved: readonly {
    readonly what: string;
    readonly from: number;
    readonly to: number;
    readonly blocks: number;
  }[];
  readonly changes: readonly ChangeReport[];
  /** Bytes that are written over or appended, each counted once. */
  readonly bytesChanged: number;
  /** Bytes by which the image is longer than before. */
  readonly grownBy: number;
  readonly size: number;
  /** The media that the result fits on. */
  readonly media: readonly MediumName[];
  /** The implanted MD5; nothing where there is none. */
  readonly mediaCheck: { readonly before: string | null; readonly after: string | null };
  /** What lists of checksums in the image say of the boot files. */
  readonly manifests: readonly (ManifestEntry & {
    /** Whether the boot file has other bytes in the result than in the input. */
    readonly changed: boolean;
  })[];
  /** Path of the undo file. */
  readonly undo: string | null;
  readonly warnings: readonly string[];
  /** Of the result, where the whole of it was read anyway. */
  readonly sha256: string | null;
}

/** One boot catalog entry, as `inspect` reports it. */
export interface EntryReport {
  readonly index: number;
  readonly platform: PlatformName;
  readonly bootable: boolean;
  readonly emulation: EmulationName;
  readonly loadSegment: number;
  /** In 512-byte sectors, as the catalog says. */
  readonly loadSize: number;
  readonly lba: number;
  /** Nothing for a hidden boot image. */
  readonly path: string | null;
  /** Bytes. */
  readonly size: number;
  readonly sizeFrom: SizeFrom;
  readonly sizeCertain: boolean;
  readonly loader: LoaderReport | null;
  readonly bootInfoTable: BootInfoTableState;
}

/** The outcome of `inspect`; documented in docs/json.md. */
export interface InspectReport {
  readonly schema: 'isoboot.inspect/1';
  readonly input: string;
  readonly size: number;
  readonly volume: {
    readonly id: string;
    readonly blocks: number;
    readonly blockSize: number;
    readonly system: string;
    readonly publisher: string;
    readonly preparer: string;
    readonly application: string;
    readonly created: string | null;
  };
  readonly descriptors: readonly { readonly lba: number; readonly type: DescriptorKind }[];
  readonly extensions: {
    readonly joliet: boolean;
    readonly rockRidge: boolean;
    readonly udf: boolean;
    readonly hfs: boolean;
    readonly sessions: number | null;
  };
  readonly files: number;
  readonly directories: number;
  readonly boot: {
    readonly recordLba: number;
    readonly catalogLba: number;
    /** False where the boot record points at something that is no boot catalog. */
    readonly sound: boolean;
    readonly entries: readonly EntryReport[];
  } | null;
  readonly hybrid: Omit<Hybrid, 'mbrBootFileLba'> & { readonly mbrBootFileLba: number | null };
  readonly mediaCheck: {
    readonly md5: string;
    readonly skipSectors: number;
    readonly fragmentCount: number | null;
  } | null;
  /** What edits in place left beside the image; nothing where there is no undo file. */
  readonly undo: UndoStateReport | null;
  /** The digest of SUSE's checkmedia, which stands in the same field. */
  readonly suseDigest: {
    readonly algorithm: SuseDigest['algorithm'];
    readonly digest: string;
    readonly padBlocks: number;
  } | null;
  /** What lists of checksums in the image say of the boot files. */
  readonly manifests: readonly ManifestEntry[];
  readonly findings: readonly Finding[];
}

/** The outcome of `extract-boot` for one image; documented in docs/json.md. */
export interface ExtractedReport {
  /** Number of the catalog entry; nothing for a loader of the tree, and for the catalog. */
  readonly entry: number | null;
  readonly lba: number;
  readonly size: number;
  readonly sizeFrom: SizeFrom | null;
  readonly sizeCertain: boolean;
  readonly loader: LoaderReport | null;
  readonly output: string;
  readonly sha256: string;
}
