/** The boot catalog, the boot info table, GRUB 2's block list, and the sums in them. */
import t, { type Test } from 'tap';
import {
  BootFileChecksum,
  bootInfoTable,
  grub2BlockList,
  makeBootInfoTable,
  ruleOnBootInfoTable,
} from '../../src/layout/boot-info-table.js';
import {
  encodeValidationEntry,
  FLOPPY_SIZE,
  initialEntry,
  sectionEntry,
  sectionEntryExtension,
  sectionHeader,
  sumOfWords,
  validationEntry,
} from '../../src/layout/el-torito.js';
import { lba } from '../../src/units.js';
import { fillerAt, golden, hex } from '../kit/golden.js';
import { seededBytes } from '../kit/vendor-tree.js';

t.test('entries of the boot catalog', async (t) => {
  const id = 'ISOBOOT'.padEnd(24, '\0');
  const validation = hex(`01 ef 0000 49534f424f4f54 ${'00'.repeat(17)} 3412 55aa`);
  golden(t, validationEntry, validation, {
    headerId: 1,
    platformId: 0xef,
    reserved2: 0,
    idString: id,
    checksum: 0x1234,
    key: 0xaa55,
  });
  const boot = {
    bootIndicator: 0x88,
    bootMediaType: 0x02,
    loadSegment: 0x07c0,
    systemType: 0x0b,
    unused5: 0,
    sectorCount: 4,
    loadRba: 0x01020304,
  };
  const fields = '88 02 c007 0b 00 0400 04030201';
  const twenty = Array.from(fillerAt(12, 20), (byte) => byte.toString(16).padStart(2, '0')).join('');
  golden(t, initialEntry, hex(`${fields} ${twenty}`), { ...boot, unused12: fillerAt(12, 20) });
  golden(t, sectionEntry, hex(`${fields} ${twenty}`), {
    ...boot,
    selectionCriteriaType: 13,
    selectionCriteria: fillerAt(13, 19),
  });
  golden(t, sectionHeader, hex(`91 ef 0201 ${'41'.repeat(28)}`), {
    headerIndicator: 0x91,
    platformId: 0xef,
    numberOfSectionEntries: 0x0102,
    idString: 'A'.repeat(28),
  });
  golden(t, sectionEntryExtension, hex(`44 20 ${'5a'.repeat(30)}`), {
    extensionIndicator: 0x44,
    bits: 0x20,
    selectionCriteria: new Uint8Array(30).fill(0x5a),
  });
  t.same(FLOPPY_SIZE, { 1: 80 * 2 * 15 * 512, 2: 80 * 2 * 18 * 512, 3: 80 * 2 * 36 * 512 });
});

t.test('the sum of a validation entry', async (t) => {
  const empty = hex(`01 00 0000 ${'00'.repeat(24)} aa55 55aa`);
  t.same(encodeValidationEntry({ platformId: 0, idString: '' }), empty, 'the entry that most discs have');
  t.equal(sumOfWords(empty), 0);
  // 0xEF01 + 0xAA55 = 0x19956; what is missing to the next multiple of 0x10000 is 0x66AA.
  const efi = hex(`01 ef 0000 ${'00'.repeat(24)} aa66 55aa`);
  t.same(encodeValidationEntry({ platformId: 0xef, idString: '' }), efi);
  for (const idString of ['', 'x', 'ISOBOOT', '\xff'.repeat(24), 'ABCDEFGHIJKLMNOPQRSTUVWX']) {
    const entry = encodeValidationEntry({ platformId: 2, idString });
    t.equal(sumOfWords(entry), 0, JSON.stringify(idString));
    t.equal(validationEntry.decode(entry).idString, idString.padEnd(24, '\0'));
  }
  t.throws(() => encodeValidationEntry({ platformId: 0, idString: 'x'.repeat(25) }), {
    code: 'ISO_INTERNAL',
  });
  t.not(sumOfWords(efi.map((byte, i) => (i === 1 ? 0 : byte))), 0, 'a wrong one does not add up');
});

t.test('boot info table and block list', async (t) => {
  const table = {
    locationOfPrimaryVolumeDescriptor: 16,
    locationOfBootFile: 0x01020304,
    bootFileLength: 0x6000,
    checksum: 0xdeadbeef,
    reserved: fillerAt(0, 40),
  };
  const filler = Array.from(fillerAt(0, 40), (byte) => byte.toString(16).padStart(2, '0')).join('');
  golden(t, bootInfoTable, hex(`10000000 04030201 00600000 efbeadde ${filler}`), table);
  golden(t, grub2BlockList, hex('0807060504030201 2002 2008'), {
    firstSector: 0x0102030405060708n,
    length: hex('2002'),
    signature: hex('2008'),
  });
});

function sumOf(file: Uint8Array, pieces: readonly number[]): number {
  const checksum = new BootFileChecksum();
  let at = 0;
  for (let i = 0; at < file.length; i += 1) {
    const end = Math.min(file.length, at + (pieces[i % pieces.length] ?? 1));
    checksum.update(file.subarray(at, end));
    at = end;
  }
  return checksum.value;
}

function naiveSum(file: Uint8Array): number {
  const padded = new Uint8Array(Math.ceil(file.length / 4) * 4);
  padded.set(file);
  let sum = 0n;
  for (let at = 64; at < padded.length; at += 4) {
    sum += BigInt(new DataView(padded.buffer).getUint32(at, true));
  }
  return Number(sum % 2n ** 32n);
}

t.test('the sum of a boot file', async (t) => {
  const known: [string, Uint8Array, number][] = [
    ['nothing', new Uint8Array(0), 0],
    ['64 bytes, none of which count', new Uint8Array(64).fill(0xff), 0],
    ['one byte behind them', hex(`${'ff'.repeat(64)} 7f`), 0x7f],
    ['three bytes', hex(`${'ff'.repeat(64)} 010203`), 0x030201],
    ['a word', hex(`${'ff'.repeat(64)} 01020384`), 0x84030201],
    ['words over 2^32', hex(`${'00'.repeat(64)} ffffffff 02000000 ffffffff`), 0],
    ['16 bytes of 01 02 03 04', hex(`${'00'.repeat(64)} ${'01020304'.repeat(4)}`), 0x100c0804],
  ];
  for (const [name, file, sum] of known) {
    t.equal(sumOf(file, [1 << 20]), sum, name);
  }
  for (const length of [1, 63, 64, 65, 66, 67, 68, 2047, 2048, 5003, 70_001]) {
    const file = seededBytes(length, length);
    const wanted = naiveSum(file);
    const cuts = [[length], [1], [3], [63, 1, 2], [64], [7, 2048, 1, 1, 5], [65_536]];
    t.same(
      cuts.map((pieces) => sumOf(file, pieces)),
      cuts.map(() => wanted),
      `${length} bytes, in whatever pieces`,
    );
  }
  const checksum = new BootFileChecksum();
  checksum.update(new Uint8Array(66).fill(1));
  t.equal(checksum.value, 0x0101, 'the sum may be read in the middle of a word');
  checksum.update(new Uint8Array(0));
  checksum.update(new Uint8Array(2).fill(1));
  t.equal(checksum.value, 0x01010101, 'and goes on');
  const odd = new Uint8Array(75).fill(9).subarray(3, 75);
  t.equal(sumOf(odd, [72]), 0x12121212, 'a piece may start anywhere in its buffer');
});

interface RuleCase {
  readonly name: string;
  readonly head: Uint8Array;
  readonly size?: number;
  readonly writable: boolean;
}

const SIZE = 24_576;
const ZEROS = '00'.repeat(40);
const UNPATCHED = 'efbeadde'.repeat(10);

/** A boot file's first 64 bytes: eight of code, then bytes 8 to 23 and 24 to 63. */
function head(table: string, reserved: string): Uint8Array {
  return hex(`${'fa'.repeat(8)} ${table} ${reserved}`);
}

const BLANK = '00'.repeat(16);
const OTHER = '11223344 55667788';

const RULES: readonly RuleCase[] = [
  { name: 'all zero', head: head(BLANK, ZEROS), writable: true },
  { name: 'as ISOLINUX is built', head: head(BLANK, UNPATCHED), writable: true },
  { name: 'the pattern out of step', head: head(BLANK, 'beaddeef'.repeat(10)), writable: false },
  {
    name: 'the pattern but for its last byte',
    head: head(BLANK, `${UNPATCHED.slice(2)}ef`),
    writable: false,
  },
  {
    name: 'half zero, half pattern',
    head: head(BLANK, `${'00'.repeat(20)}${'efbeadde'.repeat(5)}`),
    writable: false,
  },
  { name: 'one byte at 24', head: head(BLANK, `01${ZEROS.slice(2)}`), writable: false },
  { name: 'one byte at 63', head: head(BLANK, `${ZEROS.slice(2)}01`), writable: false },
  { name: 'an earlier table', head: head(`10000000 ${OTHER} 00000000`, ZEROS), writable: true },
  {
    name: 'an earlier table over the pattern',
    head: head(`10000000 ${OTHER} 00000000`, UNPATCHED),
    writable: true,
  },
  { name: 'another PVD', head: head(`11000000 ${OTHER} 00000000`, ZEROS), writable: false },
  { name: 'one byte at 8', head: head(`01${BLANK.slice(2)}`, ZEROS), writable: false },
  { name: 'one byte at 23', head: head(`${BLANK.slice(2)}01`, ZEROS), writable: false },
  { name: 'the same length', head: head(`11223344 55667788 00600000 99aabbcc`, ZEROS), writable: true },
  { name: '2048 bytes longer', head: head(`11223344 55667788 00680000 99aabbcc`, ZEROS), writable: true },
  { name: '2049 bytes longer', head: head(`11223344 55667788 01680000 99aabbcc`, ZEROS), writable: false },
  { name: '2048 bytes shorter', head: head(`11223344 55667788 00580000 99aabbcc`, ZEROS), writable: true },
  { name: '2049 bytes shorter', head: head(`11223344 55667788 ff570000 99aabbcc`, ZEROS), writable: false },
  { name: '64 bytes', head: head(BLANK, ZEROS), size: 64, writable: true },
  { name: '63 bytes', head: head(BLANK, ZEROS).subarray(0, 63), size: 63, writable: false },
];

function ruling(file: { head: Uint8Array; size?: number | undefined }): boolean {
  return ruleOnBootInfoTable({ head: file.head, size: file.size ?? SIZE, checksum: 0 }).writable;
}

t.test('when a boot info table may be written', async (t) => {
  for (const { name, writable, ...file } of RULES) {
    t.equal(ruling(file), writable, name);
  }
  t.equal(
    ruleOnBootInfoTable({ head: head(BLANK, ZEROS), size: SIZE, checksum: undefined }).writable,
    false,
    'not into a file too large to be summed up',
  );
  wholePlaceholder(t);
});

/** Each of the 40 bytes counts, in both kinds of placeholder. */
function wholePlaceholder(t: Test): void {
  for (const reserved of [ZEROS, UNPATCHED]) {
    const wrong = Array.from({ length: 40 }, (_, i) => {
      const bytes = head(BLANK, reserved);
      bytes[24 + i] = (bytes[24 + i] ?? 0) ^ 1;
      return bytes;
    });
    t.same(
      wrong.map((bytes) => ruling({ head: bytes })),
      wrong.map(() => false),
      'no byte of the placeholder may differ',
    );
  }
}

t.test('the table for a boot file', async (t) => {
  const made = makeBootInfoTable({ size: 0x6001, checksum: 0x01020304 }, lba(0x1234));
  t.same(bootInfoTable.encode(made), hex(`10000000 34120000 01600000 04030201 ${ZEROS}`));
  t.ok(makeBootInfoTable({ size: 64, checksum: 0 }, lba(20)));
  t.throws(() => makeBootInfoTable({ size: 63, checksum: 0 }, lba(20)), { code: 'ISO_BOOT_FILE' });
  t.throws(() => makeBootInfoTable({ size: 64, checksum: undefined }, lba(20)), { code: 'ISO_BOOT_FILE' });
});
