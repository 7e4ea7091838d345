/** Volume descriptors, directory and path table records: bytes by the byte positions of ECMA-119. */
import t from 'tap';
import {
  directoryRecord,
  encodeDirectoryRecord,
  systemUseOffset,
} from '../../src/layout/directory-record.js';
import { bothByteOrders } from '../../src/layout/field.js';
import {
  pathTableRecordLength,
  typeLPathTableRecord,
  typeMPathTableRecord,
} from '../../src/layout/path-table-record.js';
import {
  bootRecord,
  partitionDescriptor,
  terminator,
  volumeDescriptor,
  volumeDescriptorHead,
} from '../../src/layout/volume-descriptor.js';
import { ascii, assemble, fillerAt, golden, hex } from '../kit/golden.js';

const pad = (text: string, length: number): string => text.padEnd(length);

/** The root record of a genisoimage image: block 23, 2048 bytes, 2026-11-22 21:14:05 UTC, a directory. */
const ROOT_RECORD = '22 00 17000000 00000017 00080000 00000800 7e0b16150e0500 02 00 00 0100 0001 01 00';

/** Offsets are the byte positions of ECMA-119 8.4 and 8.5, less one. */
const DESCRIPTOR_PARTS = {
  1: "'CD001",
  8: `'${pad('LINUX', 32)}`,
  40: `'${pad('VENDOR_DISC_1', 32)}`,
  80: '78563412 12345678',
  120: '0100 0001',
  124: '0200 0002',
  128: '0008 0800',
  132: '0a010000 0000010a',
  140: '13000000 14000000 00000015 00000016',
  156: ROOT_RECORD,
  190: `'${pad('SET', 128)}`,
  318: `'${pad('PUBLISHER', 128)}`,
  446: `'${pad('PREPARER', 128)}`,
  574: `'${pad('APPLICATION', 128)}`,
  702: `'${pad('COPYRIGHT.TXT;1', 37)}`,
  739: `'${pad('ABSTRACT.TXT;1', 37)}`,
  776: `'${pad('BIBLIO.TXT;1', 37)}`,
  813: "'2026112221140500\x04",
  830: "'2026112221140601\xfc",
  847: `'0000000000000000\0`,
  864: "'2026112221140703\0",
  881: '01 00',
};

const DESCRIPTOR = {
  standardIdentifier: 'CD001',
  systemIdentifier: pad('LINUX', 32),
  volumeIdentifier: pad('VENDOR_DISC_1', 32),
  unused72: fillerAt(72, 8),
  volumeSpaceSize: bothByteOrders(0x12345678),
  volumeSetSize: bothByteOrders(1),
  volumeSequenceNumber: bothByteOrders(2),
  logicalBlockSize: bothByteOrders(2048),
  pathTableSize: bothByteOrders(0x10a),
  locationOfTypeLPathTable: 0x13,
  locationOfOptionalTypeLPathTable: 0x14,
  locationOfTypeMPathTable: 0x15,
  locationOfOptionalTypeMPathTable: 0x16,
  directoryRecordForRoot: hex(ROOT_RECORD),
  volumeSetIdentifier: pad('SET', 128),
  publisherIdentifier: pad('PUBLISHER', 128),
  dataPreparerIdentifier: pad('PREPARER', 128),
  applicationIdentifier: pad('APPLICATION', 128),
  copyrightFileIdentifier: pad('COPYRIGHT.TXT;1', 37),
  abstractFileIdentifier: pad('ABSTRACT.TXT;1', 37),
  bibliographicFileIdentifier: pad('BIBLIO.TXT;1', 37),
  volumeCreationDateAndTime: ascii('2026112221140500\x04'),
  volumeModificationDateAndTime: ascii('2026112221140601\xfc'),
  volumeExpirationDateAndTime: ascii('0000000000000000\0'),
  volumeEffectiveDateAndTime: ascii('2026112221140703\0'),
  fileStructureVersion: 1,
  reserved882: 0,
  applicationUse: fillerAt(883, 512),
  reserved1395: fillerAt(1395, 653),
};

t.test('primary volume descriptor', async (t) => {
  golden(t, volumeDescriptor, assemble(2048, { ...DESCRIPTOR_PARTS, 0: '01', 6: '01 00' }), {
    ...DESCRIPTOR,
    type: 1,
    version: 1,
    volumeFlags: 0,
    escapeSequences: fillerAt(88, 32),
  });
});

t.test('supplementary volume descriptor, Joliet level 3', async (t) => {
  const escapes = `25 2f 45 ${'00'.repeat(29)}`;
  const block = assemble(2048, { ...DESCRIPTOR_PARTS, 0: '02', 6: '01 01', 88: escapes });
  golden(t, volumeDescriptor, block, {
    ...DESCRIPTOR,
    type: 2,
    version: 1,
    volumeFlags: 1,
    escapeSequences: hex(escapes),
  });
});

t.test('enhanced volume descriptor', async (t) => {
  const block = assemble(2048, { ...DESCRIPTOR_PARTS, 0: '02', 6: '02 00', 881: '02 00' });
  golden(t, volumeDescriptor, block, {
    ...DESCRIPTOR,
    type: 2,
    version: 2,
    volumeFlags: 0,
    escapeSequences: fillerAt(88, 32),
    fileStructureVersion: 2,
  });
});

t.test('the other descriptors', async (t) => {
  golden(t, volumeDescriptorHead, hex('ff 4344303031 01'), {
    type: 255,
    standardIdentifier: 'CD001',
    version: 1,
  });
  const identifier = 'EL TORITO SPECIFICATION';
  const record = assemble(2048, {
    0: "'\0CD001\x01",
    7: `'${identifier.padEnd(32, '\0')}`,
    39: `'${'ID'.padEnd(32, '\0')}`,
    71: '19000000',
  });
  golden(t, bootRecord, record, {
    type: 0,
    standardIdentifier: 'CD001',
    version: 1,
    bootSystemIdentifier: identifier.padEnd(32, '\0'),
    bootIdentifier: 'ID'.padEnd(32, '\0'),
    locationOfBootCatalog: 0x19,
    bootSystemUse: fillerAt(75, 1973),
  });
  const partition = assemble(2048, {
    0: "'\x03CD001\x01\0",
    8: `'${pad('SYSTEM', 32)}`,
    40: `'${pad('PARTITION', 32)}`,
    72: '01020000 00000201',
    80: '03040000 00000403',
  });
  golden(t, partitionDescriptor, partition, {
    type: 3,
    standardIdentifier: 'CD001',
    version: 1,
    unused7: 0,
    systemIdentifier: pad('SYSTEM', 32),
    volumePartitionIdentifier: pad('PARTITION', 32),
    volumePartitionLocation: bothByteOrders(0x201),
    volumePartitionSize: bothByteOrders(0x403),
    systemUse: fillerAt(88, 1960),
  });
  golden(t, terminator, assemble(2048, { 0: "'\xffCD001\x01" }), {
    type: 255,
    standardIdentifier: 'CD001',
    version: 1,
    reserved7: fillerAt(7, 2041),
  });
});

t.test('a boot record as written is padded with NUL to the end of its identifier', async (t) => {
  const decoded = bootRecord.decode(new Uint8Array(2048));
  const written = bootRecord.encode({ ...decoded, bootSystemIdentifier: 'EL TORITO SPECIFICATION' });
  t.same(written.subarray(7, 39), ascii('EL TORITO SPECIFICATION'.padEnd(32, '\0')));
});

t.test('directory record', async (t) => {
  const fixed = {
    extendedAttributeRecordLength: 3,
    locationOfExtent: bothByteOrders(0x01020304),
    dataLength: bothByteOrders(0x05060708),
    recordingDateAndTime: hex('7e 0b 16 15 0e 05 fc'),
    fileFlags: 0x8d,
    fileUnitSize: 4,
    interleaveGapSize: 5,
    volumeSequenceNumber: bothByteOrders(0x0607),
  };
  const head = hex('2a 03 04030201 01020304 08070605 05060708 7e0b16150e05fc 8d 04 05 0706 0607 07');
  golden(t, directoryRecord, head, { ...fixed, lengthOfDirectoryRecord: 42, lengthOfFileIdentifier: 7 });
  t.same([1, 2, 3, 7, 8].map(systemUseOffset), [34, 36, 36, 40, 42], 'the system use field starts even');
  const odd = encodeDirectoryRecord(fixed, ascii('FILE.;1'), hex('aa bb'));
  t.same(odd, hex(`${toHex(head)} 46494c452e3b31 aabb`), 'a name of odd length needs no padding');
  const even = encodeDirectoryRecord(fixed, ascii('AB'), hex('aa bb cc'));
  t.equal(even[0], 40, 'the length counts both padding bytes');
  t.same(even.subarray(32), hex('02 4142 00 aabbcc 00'), 'a name of even length and an odd field are padded');
});

t.test('path table records', async (t) => {
  const record = {
    lengthOfDirectoryIdentifier: 8,
    extendedAttributeRecordLength: 1,
    locationOfExtent: 0x01020304,
    parentDirectoryNumber: 0x0506,
  };
  golden(t, typeLPathTableRecord, hex('08 01 04030201 0605'), record);
  golden(t, typeMPathTableRecord, hex('08 01 01020304 0506'), record);
  t.same([1, 2, 8, 31].map(pathTableRecordLength), [10, 10, 16, 40], 'records have even lengths');
});

function toHex(source: Uint8Array): string {
  return Array.from(source, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
