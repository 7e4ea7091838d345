/** The kinds of field, dates, and the two structures that are not of a standard: media check field and undo file. */
import t from 'tap';
import { IsoError } from '../../src/errors.js';
import { decodeVolumeDate, formatDate, scanRecordingDate } from '../../src/layout/date-time.js';
import {
  asciiAt,
  both16,
  both32,
  bothByteOrders,
  bytes,
  characters,
  halvesAgree,
  latin1,
  u16be,
  u32le,
  u8,
} from '../../src/layout/field.js';
import {
  blankMediaCheck,
  decodeMediaCheck,
  encodeMediaCheck,
  MEDIA_CHECK_RANGE,
} from '../../src/layout/media-check.js';
import { table } from '../../src/layout/table.js';
import {
  decodeUndoHeader,
  decodeUndoRecordHead,
  encodeUndoHeader,
  encodeUndoRecordHead,
  undoHeader,
  undoRecord,
  type UndoHeader,
} from '../../src/layout/undo-file.js';
import { ascii, assemble, changedFields, fillerAt, golden, hex } from '../kit/golden.js';

t.test('both byte orders keep their halves', async (t) => {
  const halves = table('halves', { two: both16(), four: both32() });
  const lying = hex('0100 0002 03000000 00000004');
  const value = halves.decode(lying);
  t.strictSame(value, {
    two: { littleEndian: 1, bigEndian: 2 },
    four: { littleEndian: 3, bigEndian: 4 },
  });
  t.notOk(halvesAgree(value.two) || halvesAgree(value.four), 'the difference is told');
  t.ok(halvesAgree(bothByteOrders(0xffffffff)), 'and so is agreement');
  t.same(halves.encode(value), lying, 'and written back as it stood');
});

t.test('values that do not fit are a defect, not a silent change', async (t) => {
  const fields = table('fields', {
    one: u8(),
    two: u16be(),
    four: u32le(),
    blob: bytes(2),
    text: characters(2),
  });
  const fits = { one: 255, two: 65535, four: 0xffffffff, blob: hex('0102'), text: 'ab' };
  t.same(fields.encode(fits), hex('ff ffff ffffffff 0102 6162'));
  t.same(changedFields(fits, fields.decode(fields.encode(fits))), []);
  t.same(fields.encode({ ...fits, text: '' }).subarray(9), hex('2020'), 'text is padded');
  const wrong = [{ one: 256 }, { one: -1 }, { two: 65536 }, { four: 2 ** 32 }, { four: 0.5 }, { four: NaN }];
  for (const change of [...wrong, { blob: hex('01') }, { blob: hex('010203') }, { text: 'abc' }]) {
    t.throws(() => fields.encode({ ...fits, ...change }), { code: 'ISO_INTERNAL' });
  }
  t.throws(() => fields.rangeOf('three' as 'two'), { code: 'ISO_INTERNAL' }, 'a field that is not there');
  t.throws(
    () => u32le().decode(hex('010203')),
    { code: 'ISO_SOURCE_BOUNDS' },
    'a field alone is checked, too',
  );
  t.throws(() => u32le().encode(1, new Uint8Array(4), 1), IsoError, 'when written as well');
});

t.test('ASCII is told from other bytes', async (t) => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  t.equal(asciiAt(all, 0, 128), latin1(all.subarray(0, 128)), 'up to the last character there is');
  t.equal(asciiAt(all, 48, 58), '0123456789');
  t.equal(asciiAt(all, 65, 75), 'ABCDEFGHIJ', 'another of that length');
  t.equal(asciiAt(all, 65, 65), '');
  for (let at = 128; at < 256; at += 1) {
    const bytes = ascii('name');
    bytes[at % 4] = at;
    t.equal(asciiAt(bytes, 0, 4), undefined, `byte ${at}`);
  }
});

t.test('dates', async (t) => {
  const recorded: [string, string | undefined][] = [
    ['7e 0b 16 15 0e 05 00', '2026-11-22T21:14:05Z'],
    ['7e 0b 16 15 0e 05 04', '2026-11-22T20:14:05Z'],
    ['7e 0c 1f 17 3b 3b f0', '2027-01-01T03:59:59Z'],
    ['ff 01 01 00 00 00 00', '2155-01-01T00:00:00Z'],
    ['00 00 00 00 00 00 00', undefined],
    ['7e 0d 01 00 00 00 00', undefined],
    ['7e 01 20 00 00 00 00', undefined],
    ['7e 01 01 18 00 00 00', undefined],
    ['7e 01 01 00 3c 00 00', undefined],
    ['7e 01 01 00 00 3c 00', undefined],
  ];
  for (const [field, date] of recorded) {
    const moment = scanRecordingDate(hex(`ffff ${field} ffff`), 2);
    t.equal(moment === undefined ? undefined : formatDate(moment), date, field);
  }
  const volume: [string, string | undefined][] = [
    ['2026112221140500\0', '2026-11-22T21:14:05Z'],
    ['2026112221140599\x04', '2026-11-22T20:14:05Z'],
    ['2026112221140599\xd0', '2026-11-23T09:14:05Z'],
    ['0000000000000000\0', undefined],
    ['                \0', undefined],
    ['\0'.repeat(17), undefined],
  ];
  for (const [field, date] of volume) {
    t.equal(decodeVolumeDate(ascii(field)), date, JSON.stringify(field));
  }
});

t.test('dates that are no dates raise nothing', async (t) => {
  const bad = ['9999999999999999\x7f', '2026990000000000\0', '9999999999999999\x80'];
  bad.forEach((field) => t.doesNotThrow(() => decodeVolumeDate(ascii(field)), field));
  t.doesNotThrow(() => formatDate(scanRecordingDate(hex('ff 0c 1f 17 3b 3b 80'), 0) ?? 0));
  t.equal(scanRecordingDate(new Uint8Array(0), 0), undefined);
});

t.test('media check field', async (t) => {
  t.same(MEDIA_CHECK_RANGE, { offset: 883, length: 512 });
  const md5 = '0123456789abcdef0123456789abcdef';
  const text =
    `ISO MD5SUM = ${md5};SKIPSECTORS = 15;RHLISOSTATUS=1;FRAGMENT SUMS = ${'abc'.repeat(20)};` +
    'FRAGMENT COUNT = 20;THIS IS NOT THE SAME AS RUNNING MD5SUM ON THIS ISO!!';
  const field = ascii(text.padEnd(512));
  t.same(encodeMediaCheck({ md5, fragmentSums: 'abc'.repeat(20) }, '1'), field);
  const sums = { rhlIsoStatus: '1', fragmentSums: 'abc'.repeat(20), fragmentCount: 20 };
  t.strictSame(decodeMediaCheck(field), { md5, skipSectors: 15, ...sums });
  const none = { rhlIsoStatus: undefined, fragmentSums: undefined, fragmentCount: undefined };
  const short = ascii(`ISO MD5SUM = ${md5.toUpperCase()};`.padEnd(512));
  t.strictSame(decodeMediaCheck(short), { md5, skipSectors: 0, ...none }, 'only the sum has to be there');
  t.equal(decodeMediaCheck(blankMediaCheck()), undefined);
  t.same(blankMediaCheck(), ascii(' '.repeat(512)));
  t.equal(
    decodeMediaCheck(ascii('ISO MD5SUM = 0123;SKIPSECTORS = 15')),
    undefined,
    'a sum cut short is none',
  );
  t.equal(decodeMediaCheck(new Uint8Array(512)), undefined);
});

const UNDO: UndoHeader = {
  state: 'undoing',
  owner: { pid: 0x01020304, host: 'host', startedAt: 0x0102030405 },
  oldSize: 0x1000,
  newSize: 0x2000,
  recordCount: 2,
  recordsLength: 0x300,
  identity: fillerAt(0, 32),
  extends: fillerAt(64, 32),
  digest: fillerAt(32, 32),
};

/** A text-mode transfer would change these bytes. */
const UNDO_START = '49534f424f4f542d554e444f 0d0a1a0a';

t.test('undo file', async (t) => {
  const header = assemble(512, {
    0: UNDO_START,
    16: '01000000 02000000 0003000000000000 0010000000000000 0020000000000000',
    144: '02 000000 04030201 0504030201000000',
    160: `'${'host'.padEnd(128, '\0')}`,
    288: '00'.repeat(224),
  });
  header.set(fillerAt(0, 32), 48);
  header.set(fillerAt(64, 32), 80);
  header.set(fillerAt(32, 32), 112);
  golden(t, undoHeader, header, {
    magic: 'ISOBOOT-UNDO\r\n\x1a\n',
    version: 1,
    recordCount: 2,
    recordsLength: 0x300n,
    oldSize: 0x1000n,
    newSize: 0x2000n,
    identity: fillerAt(0, 32),
    extends: fillerAt(64, 32),
    digest: fillerAt(32, 32),
    state: 2,
    reserved: new Uint8Array(3),
    pid: 0x01020304,
    startedAt: 0x0102030405n,
    host: 'host'.padEnd(128, '\0'),
    padding: new Uint8Array(224),
  });
  t.same(encodeUndoHeader(UNDO), header);
  t.strictSame(decodeUndoHeader(header), UNDO);
  const record = { offset: 0x800, oldLength: 2, newLength: 3, newDigest: fillerAt(16, 32) };
  const head = assemble(48, { 0: '0008000000000000 02000000 03000000' });
  golden(t, undoRecord, head, { ...record, offset: 0x800n });
  t.same(encodeUndoRecordHead(record), head);
  t.strictSame(decodeUndoRecordHead(head, 0, UNDO), record);
});

t.test('an undo file that is none', async (t) => {
  const broken = [{ 0: '48' }, { 16: '02' }, { 24: 'ffffffffffffffff' }, { 144: '00' }, { 144: '04' }];
  for (const [change] of broken.map((parts) => Object.entries(parts))) {
    const header = encodeUndoHeader(UNDO);
    header.set(hex(change?.[1] ?? ''), Number(change?.[0]));
    t.throws(() => decodeUndoHeader(header), { code: 'ISO_UNDO_BROKEN' }, `${change?.join(': ')}`);
  }
  t.throws(() => decodeUndoHeader(encodeUndoHeader(UNDO).subarray(0, 511)), { code: 'ISO_SOURCE_BOUNDS' });
  const record = { offset: 0xffe, oldLength: 2, newLength: 2, newDigest: new Uint8Array(32) };
  t.ok(decodeUndoRecordHead(encodeUndoRecordHead(record), 0, UNDO), 'up to the end');
  for (const change of [
    { oldLength: 3 },
    { newLength: 0x1003 },
    { oldLength: 1 << 21 },
    { offset: 2 ** 52 },
  ]) {
    const head = encodeUndoRecordHead({ ...record, ...change });
    t.throws(() => decodeUndoRecordHead(head, 0, UNDO), { code: 'ISO_UNDO_BROKEN' }, JSON.stringify(change));
  }
});
