/** UDF: its volume structures (ECMA-167 part 3), sums and texts. */
import t from 'tap';
import {
  anchorVolumeDescriptorPointer,
  entityIdentifier,
  logicalVolumeIntegrityDescriptor,
  partitionMap,
  udfLogicalVolumeDescriptor,
  udfPartitionDescriptor,
  udfPrimaryVolumeDescriptor,
  unallocatedSpaceDescriptor,
  volumeDescriptorPointer,
  volumeStructureDescriptor,
} from '../../src/layout/udf.js';
import {
  crc16,
  descriptorCrcHolds,
  sealedAt,
  tagChecksumHolds,
  udfDescriptorTag,
} from '../../src/layout/udf-tag.js';
import {
  decodeCompressedUnicode,
  decodeDstring,
  encodeCompressedUnicode,
  encodeDstring,
} from '../../src/layout/udf-text.js';
import { ascii, assemble, fillerAt, golden, hex } from '../kit/golden.js';
import { TAG, TAG_FIELDS } from './descriptor-tag.js';

t.test('volume structures', async (t) => {
  golden(t, volumeStructureDescriptor, assemble(2048, { 0: "'\0NSR02\x01" }), {
    structureType: 0,
    standardIdentifier: 'NSR02',
    structureVersion: 1,
    structureData: fillerAt(7, 2041),
  });
  golden(t, udfDescriptorTag, hex(TAG), TAG_FIELDS);
  golden(
    t,
    anchorVolumeDescriptorPointer,
    assemble(512, { 0: TAG, 16: '00800000 20000000 00800001 30000000' }),
    {
      ...TAG_FIELDS,
      mainVolumeDescriptorSequenceLength: 0x8000,
      mainVolumeDescriptorSequenceLocation: 0x20,
      reserveVolumeDescriptorSequenceLength: 0x01008000,
      reserveVolumeDescriptorSequenceLocation: 0x30,
      reserved32: fillerAt(32, 480),
    },
  );
  const primary = assemble(512, {
    0: TAG,
    16: '01000000 02000000',
    56: '0100 0200 0300 0400 05000000 06000000',
    484: '07000000 0100',
  });
  golden(t, udfPrimaryVolumeDescriptor, primary, {
    ...TAG_FIELDS,
    volumeDescriptorSequenceNumber: 1,
    primaryVolumeDescriptorNumber: 2,
    volumeIdentifier: fillerAt(24, 32),
    volumeSequenceNumber: 1,
    maximumVolumeSequenceNumber: 2,
    interchangeLevel: 3,
    maximumInterchangeLevel: 4,
    characterSetList: 5,
    maximumCharacterSetList: 6,
    volumeSetIdentifier: fillerAt(72, 128),
    descriptorCharacterSet: fillerAt(200, 64),
    explanatoryCharacterSet: fillerAt(264, 64),
    volumeAbstract: fillerAt(328, 8),
    volumeCopyrightNotice: fillerAt(336, 8),
    applicationIdentifier: fillerAt(344, 32),
    recordingDateAndTime: fillerAt(376, 12),
    implementationIdentifier: fillerAt(388, 32),
    implementationUse: fillerAt(420, 64),
    predecessorVolumeDescriptorSequenceLocation: 7,
    flags: 1,
    reserved490: fillerAt(490, 22),
  });
  golden(t, volumeDescriptorPointer, assemble(512, { 0: TAG, 16: '02000000 00800000 21000000' }), {
    ...TAG_FIELDS,
    volumeDescriptorSequenceNumber: 2,
    nextVolumeDescriptorSequenceLength: 0x8000,
    nextVolumeDescriptorSequenceLocation: 0x21,
    reserved28: fillerAt(28, 484),
  });
  const partition = assemble(512, { 0: TAG, 16: '03000000 0100 0200', 184: '01000000 01010000 23010000' });
  golden(t, udfPartitionDescriptor, partition, {
    ...TAG_FIELDS,
    volumeDescriptorSequenceNumber: 3,
    partitionFlags: 1,
    partitionNumber: 2,
    partitionContents: fillerAt(24, 32),
    partitionContentsUse: fillerAt(56, 128),
    accessType: 1,
    partitionStartingLocation: 0x101,
    partitionLength: 0x123,
    implementationIdentifier: fillerAt(196, 32),
    implementationUse: fillerAt(228, 128),
    reserved356: fillerAt(356, 156),
  });
  const volume = assemble(440, {
    0: TAG,
    16: '04000000',
    212: '00080000',
    264: '06000000 01000000',
    432: '00100000 40000000',
  });
  golden(t, udfLogicalVolumeDescriptor, volume, {
    ...TAG_FIELDS,
    volumeDescriptorSequenceNumber: 4,
    descriptorCharacterSet: fillerAt(20, 64),
    logicalVolumeIdentifier: fillerAt(84, 128),
    logicalBlockSize: 2048,
    domainIdentifier: fillerAt(216, 32),
    logicalVolumeContentsUse: fillerAt(248, 16),
    mapTableLength: 6,
    numberOfPartitionMaps: 1,
    implementationIdentifier: fillerAt(272, 32),
    implementationUse: fillerAt(304, 128),
    integritySequenceLength: 0x1000,
    integritySequenceLocation: 0x40,
  });
  golden(t, partitionMap, hex('01 06 0100 0200'), {
    partitionMapType: 1,
    partitionMapLength: 6,
    volumeSequenceNumber: 1,
    partitionNumber: 2,
  });
  golden(t, unallocatedSpaceDescriptor, hex(`${TAG} 05000000 00000000`), {
    ...TAG_FIELDS,
    volumeDescriptorSequenceNumber: 5,
    numberOfAllocationDescriptors: 0,
  });
  const integrity = assemble(80, {
    0: TAG,
    28: '01000000 00080000 41000000',
    72: '01000000 2e000000',
  });
  golden(t, logicalVolumeIntegrityDescriptor, integrity, {
    ...TAG_FIELDS,
    recordingDateAndTime: fillerAt(16, 12),
    integrityType: 1,
    nextIntegrityLength: 2048,
    nextIntegrityLocation: 0x41,
    logicalVolumeContentsUse: fillerAt(40, 32),
    numberOfPartitions: 1,
    lengthOfImplementationUse: 46,
  });
  golden(t, entityIdentifier, assemble(32, { 0: '00', 1: "'*OSTA UDF Compliant\0\0\0\0", 24: '0201' }), {
    flags: 0,
    identifier: '*OSTA UDF Compliant\0\0\0\0',
    udfRevision: 0x102,
    suffix26: fillerAt(26, 6),
  });
});

t.test('the sum of a UDF tag', async (t) => {
  // 02 + 02 + 01 + 34 + 12 + f0 + 01 + 01 = 13d; the tag above says d5 on purpose.
  const right = hex(TAG);
  right[4] = 0x3d;
  t.notOk(tagChecksumHolds(hex(TAG)), 'a wrong one');
  t.ok(tagChecksumHolds(right), 'a right one');
  const broken = [...right.keys()].filter((i) => i !== 4);
  t.notOk(broken.some((at) => tagChecksumHolds(right.map((byte, i) => (i === at ? byte ^ 1 : byte)))));
  t.ok(tagChecksumHolds(new Uint8Array(16)), 'zeros add up to zero, as they do by the standard');
});

t.test('the sum of a UDF descriptor', async (t) => {
  t.equal(crc16(hex('706a77')), 0x3299, "the standard's own example (ECMA-167 annex C)");
  const anchor = new Uint8Array(512).fill(0x11, 16, 32);
  anchor.set(hex('0200 0200 00 00 0100 0000 f001 00000000'));
  const sealed = sealedAt(anchor, 0x1234);
  t.ok(tagChecksumHolds(sealed) && descriptorCrcHolds(sealed), 'both sums hold');
  t.equal(udfDescriptorTag.decode(sealed).tagLocation, 0x1234);
  t.same(sealed.subarray(16), anchor.subarray(16), 'the rest is as it was');
  t.notOk(descriptorCrcHolds(sealed.map((byte, i) => (i === 500 ? 1 : byte))), 'a changed byte shows');
  t.notOk(descriptorCrcHolds(sealed.subarray(0, 500)), 'a sum over more than there is');
  t.ok(descriptorCrcHolds(hex('0200 0200 00 00 0100 3412 0000 00000000')), 'one without a sum');
});

t.test('UDF texts', async (t) => {
  for (const [text, bytes] of [
    ['etfsboot.com', Uint8Array.of(8, ...ascii('etfsboot.com'))],
    ['Grüße', hex('08 47 72 fc df 65')],
    ['€5', hex('10 20ac 0035')],
    ['𝄞', hex('10 d834 dd1e')],
  ] as const) {
    t.same(encodeCompressedUnicode(text), bytes, text);
    t.equal(decodeCompressedUnicode(bytes, 0, bytes.length), text, `${text} comes back`);
    t.equal(decodeDstring(encodeDstring(text, 32)), text, `${text} in a field`);
    t.equal(encodeDstring(text, 32)[31], bytes.length, 'the length is in the last byte');
  }
  t.equal(decodeCompressedUnicode(hex('ff 20ac'), 0, 3), '€', 'of a deleted file');
  t.equal(decodeCompressedUnicode(hex('10 20ac 00'), 0, 4), '€', 'half a character is none');
  t.equal(decodeCompressedUnicode(hex('07 41'), 0, 2), '', 'an unknown code');
  t.equal(decodeCompressedUnicode(hex('08 41'), 0, 9), 'A', 'longer than there is');
  t.equal(decodeCompressedUnicode(hex('08'), 0, 0), '');
  t.same(encodeDstring('', 8), new Uint8Array(8));
  t.equal(decodeDstring(new Uint8Array(8)), '');
  t.equal(decodeDstring(encodeDstring('0123456789', 8)), '012345', 'cut to the room there is');
});
