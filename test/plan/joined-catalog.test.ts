/** New entries in a catalog that is there: what stays, what goes first, what stands where. */
import t, { type Test } from 'tap';
import { encodeValidationEntry, sectionEntry, sectionHeader } from '../../src/layout/el-torito.js';
import { encodeJoinedCatalog, orderEntries } from '../../src/plan/joined-catalog.js';
import type { PlannedEntry } from '../../src/plan/boot-catalog.js';
import { BlockReader } from '../../src/read/block-reader.js';
import { readBootCatalog, type BootCatalog } from '../../src/read/boot-catalog.js';
import { Findings } from '../../src/read/finding.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE, lba } from '../../src/units.js';
import { ascii, hex } from '../kit/golden.js';

const EFI = 0xef;

function planned(platformId: number, at: number): PlannedEntry {
  return { platformId, bootMediaType: 0, loadSegment: 0, systemType: 0, sectorCount: 4, loadRba: lba(at) };
}

function header(platformId: number, count: number, isLast: boolean, idString = ''): Uint8Array {
  const headerIndicator = isLast ? 0x91 : 0x90;
  return sectionHeader.encode({ headerIndicator, platformId, numberOfSectionEntries: count, idString });
}

function entry(at: number, changes: Partial<Parameters<typeof sectionEntry.encode>[0]> = {}): Uint8Array {
  return sectionEntry.encode({
    bootIndicator: 0x88,
    bootMediaType: 0,
    loadSegment: 0,
    systemType: 0,
    unused5: 0,
    sectorCount: 4,
    loadRba: at,
    selectionCriteriaType: 0,
    selectionCriteria: new Uint8Array(19),
    ...changes,
  });
}

/** A catalog as it is read, of its parts. */
async function catalogOf(...parts: readonly Uint8Array[]): Promise<BootCatalog> {
  const block = new Uint8Array(2 * BLOCK_SIZE);
  parts.forEach((part, i) => block.set(part, i * 32));
  const catalog = await readBootCatalog(new BlockReader(new MemorySource(block)), lba(0), new Findings());
  if (catalog === undefined) {
    throw new TypeError('no catalog');
  }
  return catalog;
}

const BIOS_HEAD = encodeValidationEntry({ platformId: 0, idString: 'MAKER' });
const EFI_HEAD = encodeValidationEntry({ platformId: EFI, idString: 'MAKER' });

/** What is in a block, part by part, up to the first empty one. */
function partsOf(block: Uint8Array): string[] {
  const parts = Array.from({ length: 64 }, (_, i) => Buffer.from(block.subarray(i * 32, i * 32 + 32)));
  return parts
    .slice(
      0,
      parts.findIndex((part) => part.every((byte) => byte === 0)),
    )
    .map((part) => part.toString('hex'));
}

function hold(t: Test, block: Uint8Array, parts: readonly Uint8Array[], name: string): void {
  t.strictSame(
    partsOf(block),
    parts.map((part) => Buffer.from(part).toString('hex')),
    name,
  );
}

t.test('a new entry joins the section of its platform, or gets one', async (t) => {
  const bios = await catalogOf(BIOS_HEAD, entry(30));
  hold(
    t,
    encodeJoinedCatalog(bios, [planned(EFI, 50)]),
    [BIOS_HEAD, entry(30), header(EFI, 1, true), entry(50)],
    'UEFI behind BIOS',
  );
  const both = await catalogOf(
    BIOS_HEAD,
    entry(30),
    header(1, 1, false, 'PPC'),
    entry(40),
    header(EFI, 1, true, 'X'),
    entry(50),
  );
  hold(
    t,
    encodeJoinedCatalog(both, [planned(1, 60), planned(0, 61), planned(EFI, 62)]),
    [
      BIOS_HEAD,
      entry(30),
      header(1, 2, false, 'PPC'),
      entry(40),
      entry(60),
      header(EFI, 2, false, 'X'),
      entry(50),
      entry(62),
      header(0, 1, true),
      entry(61),
    ],
    'grouped by platform, the last header says so',
  );
});

t.test('what is there stays as it is', async (t) => {
  const criteria = { selectionCriteriaType: 1, selectionCriteria: ascii('only with this disc').slice(0, 19) };
  const odd = entry(40, { ...criteria, bootMediaType: 0x20, systemType: 7, loadSegment: 0x123 });
  const extensions = [hex('4420'), hex('4400')].map((start) => {
    const record = new Uint8Array(32).fill(0x5a);
    record.set(start);
    return record;
  });
  const silent = entry(45, { bootIndicator: 0 });
  const catalog = await catalogOf(
    BIOS_HEAD,
    entry(30),
    header(EFI, 2, true, 'VENDOR'),
    odd,
    ...extensions,
    silent,
  );
  t.strictSame(catalog.entries[1]?.extensions, extensions, 'extension records are read');
  t.strictSame(catalog.entries[1]?.record, odd);
  hold(
    t,
    encodeJoinedCatalog(catalog, [planned(EFI, 60)]),
    [BIOS_HEAD, entry(30), header(EFI, 3, true, 'VENDOR'), odd, ...extensions, silent, entry(60)],
    'settings, criteria, extensions and identification',
  );
});

t.test('an entry for the BIOS goes first', async (t) => {
  const efi = await catalogOf(EFI_HEAD, entry(30, { sectorCount: 9 }));
  hold(
    t,
    encodeJoinedCatalog(efi, [planned(EFI, 50), planned(0, 51)]),
    [BIOS_HEAD, entry(51), header(EFI, 2, true), entry(30, { sectorCount: 9 }), entry(50)],
    'a new one in front of old ones for UEFI',
  );
  const late = await catalogOf(
    EFI_HEAD,
    entry(30),
    header(0, 1, true),
    entry(40, { selectionCriteriaType: 1 }),
  );
  hold(
    t,
    encodeJoinedCatalog(late, [planned(EFI, 50)]),
    [BIOS_HEAD, entry(40), header(EFI, 2, true), entry(30), entry(50)],
    'an old one, without what an initial entry has no room for',
  );
  const none = await catalogOf(EFI_HEAD, entry(30));
  hold(
    t,
    encodeJoinedCatalog(none, [planned(EFI, 50)]),
    [EFI_HEAD, entry(30), header(EFI, 1, true), entry(50)],
    'none',
  );
  t.strictSame(
    orderEntries(none.entries, [planned(0, 50)]).map((each) => ('kept' in each ? 'kept' : 'added')),
    ['added', 'kept'],
  );
});

t.test('all of it has to fit into one block', async (t) => {
  const many = await catalogOf(
    BIOS_HEAD,
    entry(30),
    header(EFI, 60, true),
    ...Array.from({ length: 60 }, (_, i) => entry(100 + i)),
  );
  t.doesNotThrow(() => encodeJoinedCatalog(many, [planned(EFI, 50)]));
  t.throws(() => encodeJoinedCatalog(many, [planned(EFI, 50), planned(EFI, 51)]), {
    code: 'ISO_BOOT_CATALOG',
  });
});
