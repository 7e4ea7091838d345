import {
  BOOT_INDICATOR,
  CATALOG_ENTRY_SIZE,
  EXTENSION_FOLLOWS,
  EXTENSION_INDICATOR,
  initialEntry,
  SECTION_HEADER,
  sectionEntry,
  sectionEntryExtension,
  sectionHeader,
  sumOfWords,
  VALIDATION_HEADER_ID,
  VALIDATION_KEY,
  validationEntry,
} from '../layout/el-torito.js';
import { BLOCK_SIZE, lba, offsetOfLba, type Lba, type VirtualSectors } from '../units.js';
import type { BlockReader } from './block-reader.js';
import type { Findings } from './finding.js';
import { LIMITS } from './limits.js';

/** One entry that firmware may boot from. */
export interface CatalogEntry {
  /** From 1 on, in the order of the catalog. */
  readonly index: number;
  /** Platform ID (El Torito 2.1). */
  readonly platformId: number;
  /** Whether the boot indicator says that it boots. */
  readonly bootable: boolean;
  /** Boot media type (El Torito 2.2). */
  readonly bootMediaType: number;
  /** Segment that the firmware loads to; 0 stands for 0x7c0. */
  readonly loadSegment: number;
  /** Partition type of a hard-disk image. */
  readonly systemType: number;
  /** 512-byte sectors that the firmware loads. */
  readonly sectorCount: VirtualSectors;
  /** The block that the boot file starts at. */
  readonly loadRba: Lba;
  /** Identifies the maker; of the validation entry or the section. */
  readonly idString: string;
  /** What the selection criteria are (El Torito 2.4). */
  readonly selectionCriteriaType: number;
  /** Bytes that mean what their type says. */
  readonly selectionCriteria: Uint8Array;
  /** Byte offset in the image of the entry. */
  readonly offset: number;
  /** Its 32 bytes as they stand, and those of each extension record behind it. */
  readonly record: Uint8Array;
  /** Entries that continue the selection criteria. */
  readonly extensions: readonly Uint8Array[];
  /** The 32 bytes of its section's header; nothing for the initial entry, and for one without a header. */
  readonly header: Uint8Array | undefined;
}

/** A boot catalog (El Torito 2.0). */
export interface BootCatalog {
  /** The block that it starts at. */
  readonly lba: Lba;
  /** Blocks that its entries reach over. */
  readonly blocks: number;
  /** The 32 bytes of the validation entry. */
  readonly validation: Uint8Array;
  /** Its entries, in order. */
  readonly entries: readonly CatalogEntry[];
}

/**
 * Reads the boot catalog at a block; nothing, with a finding of severity `error`, when there is none.
 *
 * A wrong checksum, a section without header and the like are findings: firmware differs in what it takes.
 */
export async function readBootCatalog(
  reader: BlockReader,
  at: Lba,
  findings: Findings,
): Promise<BootCatalog | undefined> {
  let bytes = await reader.readUpTo(offsetOfLba(at), BLOCK_SIZE);
  if (bytes.length < BLOCK_SIZE) {
    findings.add('error', 'ISO_BOOT_BROKEN', 'the boot catalog lies beyond the end of the image', {
      offset: offsetOfLba(at),
      found: reader.size,
      wanted: offsetOfLba(at) + BLOCK_SIZE,
    });
    return undefined;
  }
  if (!checkValidation(bytes, at, findings)) {
    return undefined;
  }
  for (;;) {
    const parser = new CatalogParser(bytes, at);
    const wantsMore = parser.run();
    if (!wantsMore || bytes.length >= LIMITS.catalogBlocks * BLOCK_SIZE) {
      parser.oddities.forEach(({ offset, message }) =>
        findings.add('warning', 'ISO_BOOT_CATALOG', message, { offset }),
      );
      return catalogOf(at, bytes, parser.entries);
    }
    const longer = await reader.readUpTo(offsetOfLba(at), bytes.length + BLOCK_SIZE);
    if (longer.length < bytes.length + BLOCK_SIZE) {
      findings.add('warning', 'ISO_BOOT_CATALOG', 'the boot catalog goes on beyond the end of the image', {
        offset: reader.size,
      });
      return catalogOf(at, bytes, parser.entries);
    }
    bytes = longer;
  }
}

function catalogOf(at: Lba, bytes: Uint8Array, entries: readonly CatalogEntry[]): BootCatalog {
  return {
    lba: at,
    blocks: bytes.length / BLOCK_SIZE,
    validation: bytes.slice(0, CATALOG_ENTRY_SIZE),
    entries,
  };
}

function checkValidation(bytes: Uint8Array, at: Lba, findings: Findings): boolean {
  const offset = offsetOfLba(at);
  const entry = validationEntry.decode(bytes);
  if (entry.headerId !== VALIDATION_HEADER_ID || entry.key !== VALIDATION_KEY) {
    findings.add('error', 'ISO_BOOT_BROKEN', 'the boot record points at a block that is no boot catalog', {
      offset,
      found: `header ${entry.headerId}, key ${entry.key.toString(16)}`,
      wanted: 'header 1, key aa55',
    });
    return false;
  }
  const sum = sumOfWords(bytes);
  if (sum !== 0) {
    findings.add(
      'warning',
      'ISO_BOOT_CATALOG',
      'the checksum of the validation entry is wrong; UEFI rejects it',
      {
        offset,
        found: sum,
        wanted: 0,
      },
    );
  }
  return true;
}

/** What an entry has from the header of its section, or from the validation entry. */
interface Section {
  readonly platformId: number;
  readonly idString: string;
  readonly header: Uint8Array | undefined;
}

/** Walks the entries of a catalog whose validation entry is sound, as far as its bytes reach. */
class CatalogParser {
  readonly entries: CatalogEntry[] = [];
  readonly oddities: { offset: number; message: string }[] = [];
  readonly #base: number;
  #at = CATALOG_ENTRY_SIZE;

  constructor(
    private readonly bytes: Uint8Array,
    at: Lba,
  ) {
    this.#base = offsetOfLba(at);
  }

  /** Whether the catalog goes on behind the bytes at hand. */
  run(): boolean {
    const { platformId, idString } = validationEntry.decode(this.bytes);
    this.#take({ platformId, idString, header: undefined }, this.#at);
    this.#at += initialEntry.span;
    for (;;) {
      if (!this.#has(1)) {
        return false;
      }
      const header = sectionHeader.decode(this.bytes, this.#at);
      const { headerIndicator } = header;
      if (headerIndicator === BOOT_INDICATOR.bootable) {
        // Some discs have entries without a header; firmware that ignores headers boots them.
        this.oddities.push({ offset: this.#base + this.#at, message: 'a boot entry has no section header' });
        this.#take({ platformId, idString: '', header: undefined }, this.#at);
        this.#at += sectionEntry.span;
        continue;
      }
      if (headerIndicator !== SECTION_HEADER.moreFollow && headerIndicator !== SECTION_HEADER.last) {
        return false;
      }
      const section = { ...header, header: this.#recordAt(this.#at) };
      this.#at += sectionHeader.span;
      if (this.#section(section)) {
        return true;
      }
      if (headerIndicator === SECTION_HEADER.last) {
        return false;
      }
      if (!this.#has(1)) {
        return true;
      }
    }
  }

  #section(section: Section & { readonly numberOfSectionEntries: number }): boolean {
    for (let i = 0; i < section.numberOfSectionEntries; i += 1) {
      if (!this.#has(1)) {
        return true;
      }
      const at = this.#at;
      this.#at += sectionEntry.span;
      this.#take(section, at, this.#extensions(at));
    }
    return false;
  }

  /** The extension records behind an entry that announces them. */
  #extensions(at: number): Uint8Array[] {
    const found: Uint8Array[] = [];
    let follows = (sectionEntry.decode(this.bytes, at).bootMediaType & EXTENSION_FOLLOWS) !== 0;
    while (follows && this.#has(1)) {
      const extension = sectionEntryExtension.decode(this.bytes, this.#at);
      if (extension.extensionIndicator !== EXTENSION_INDICATOR) {
        break;
      }
      found.push(this.#recordAt(this.#at));
      this.#at += sectionEntryExtension.span;
      follows = (extension.bits & EXTENSION_FOLLOWS) !== 0;
    }
    return found;
  }

  #recordAt(at: number): Uint8Array {
    return this.bytes.slice(at, at + CATALOG_ENTRY_SIZE);
  }

  #has(entries: number): boolean {
    return this.#at + entries * CATALOG_ENTRY_SIZE <= this.bytes.length;
  }

  /** The initial entry has the shape of a section entry, but for bytes that it leaves unused. */
  #take({ platformId, idString, header }: Section, at: number, extensions: readonly Uint8Array[] = []): void {
    const entry = sectionEntry.decode(this.bytes, at);
    const { sectorCount, loadRba, bootIndicator, bootMediaType, loadSegment, systemType } = entry;
    if (bootIndicator !== BOOT_INDICATOR.bootable && loadRba === 0) {
      return;
    }
    this.entries.push({
      index: this.entries.length + 1,
      platformId,
      bootable: bootIndicator === BOOT_INDICATOR.bootable,
      bootMediaType,
      loadSegment,
      systemType,
      sectorCount: sectorCount as VirtualSectors,
      loadRba: lba(loadRba),
      idString: idString.replace(/[\0 ]+$/, ''),
      selectionCriteriaType: entry.selectionCriteriaType,
      selectionCriteria: entry.selectionCriteria,
      offset: this.#base + at,
      record: this.#recordAt(at),
      extensions,
      header,
    });
  }
}
