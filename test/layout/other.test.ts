/** What shares the disc with a volume: partition tables, FAT. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { fatBootSector, fatVolumeSize } from '../../src/layout/fat.js';
import {
  applePartition,
  gptHeader,
  gptPartition,
  masterBootRecord,
  mbrPartition,
} from '../../src/layout/partition-table.js';
import { assemble, fillerAt, golden, hex, type Parts } from '../kit/golden.js';
import { needTools, runOk } from '../kit/tools.js';

t.test('partition tables', async (t) => {
  golden(t, mbrPartition, hex('80 010203 ef 040506 40000000 00080000'), {
    status: 0x80,
    firstSectorChs: hex('010203'),
    type: 0xef,
    lastSectorChs: hex('040506'),
    firstSector: 64,
    numberOfSectors: 2048,
  });
  const record = assemble(512, { 432: '60000000 00000000 78563412 0000', 510: '55aa' });
  golden(t, masterBootRecord, record, {
    code: fillerAt(0, 432),
    bootFileSector: 0x60,
    unused436: 0,
    diskSignature: 0x12345678,
    unused444: 0,
    partitions: fillerAt(446, 64),
    signature: 0xaa55,
  });
  const header = assemble(92, {
    0: "'EFI PART",
    8: '00000100 5c000000 01020304 00000000',
    24: '0100000000000000 ff0f000000000000 3000000000000000 cf0f000000000000',
    72: '0200000000000000 80000000 80000000 05060708',
  });
  golden(t, gptHeader, header, {
    signature: 'EFI PART',
    revision: 0x10000,
    headerSize: 92,
    headerCrc32: 0x04030201,
    reserved20: 0,
    myLba: 1n,
    alternateLba: 0xfffn,
    firstUsableLba: 0x30n,
    lastUsableLba: 0xfcfn,
    diskGuid: fillerAt(56, 16),
    partitionEntryLba: 2n,
    numberOfPartitionEntries: 128,
    sizeOfPartitionEntry: 128,
    partitionEntriesCrc32: 0x08070605,
  });
  golden(t, gptPartition, assemble(48, { 32: '4000000000000000 ffffffffffffffff' }), {
    typeGuid: fillerAt(0, 16),
    uniqueGuid: fillerAt(16, 16),
    startingLba: 64n,
    endingLba: 2n ** 64n - 1n,
  });
  const apple = assemble(80, {
    0: "'PM",
    2: '0000 00000002 00000010 000003e8',
    16: `'${'disk'.padEnd(32, '\0')}`,
  });
  apple.set(hex(`4170706c655f484653 ${'00'.repeat(23)}`), 48);
  golden(t, applePartition, apple, {
    signature: 'PM',
    signaturePad: 0,
    mapBlockCount: 2,
    firstBlock: 16,
    blockCount: 1000,
    partitionName: 'disk'.padEnd(32, '\0'),
    partitionType: 'Apple_HFS'.padEnd(32, '\0'),
  });
});

/** The boot sector that `mkfs.fat` gives a 1.44 MB floppy. */
const FAT = "'mkfs.fat";
const FAT_REST = '0002 01 0100 02 e000 400b f0 0900 1200 0200 00000000 00000000';

function fat(changes: Parts = {}): Uint8Array {
  const sector = assemble(36, { 0: 'eb3c90', 3: FAT, 11: FAT_REST });
  for (const [offset, part] of Object.entries(changes)) {
    sector.set(hex(part), Number(offset));
  }
  return sector;
}

t.test('FAT boot sector', async (t) => {
  golden(t, fatBootSector, fat(), {
    jump: hex('eb3c90'),
    oemName: 'mkfs.fat',
    bytesPerSector: 512,
    sectorsPerCluster: 1,
    reservedSectors: 1,
    numberOfFats: 2,
    rootEntries: 224,
    totalSectors16: 2880,
    mediaDescriptor: 0xf0,
    sectorsPerFat16: 9,
    sectorsPerTrack: 18,
    numberOfHeads: 2,
    hiddenSectors: 0,
    totalSectors32: 0,
  });
  t.equal(fatVolumeSize(fat()), 1_474_560);
  t.equal(fatVolumeSize(fat({ 0: 'e9' })), 1_474_560, 'the other jump');
  t.equal(fatVolumeSize(fat({ 11: '0010' })), 2880 * 4096, 'sectors of 4096 bytes');
  t.equal(fatVolumeSize(fat({ 19: '0000', 32: '00000100' })), 65_536 * 512, 'more than 65,535 sectors');
  const none: Parts = { 0: '90', 11: '0102', 13: '03', 14: '0000', 16: '03', 19: '0000', 21: 'ef' };
  for (const [offset, part] of Object.entries(none)) {
    t.equal(fatVolumeSize(fat({ [offset]: part })), undefined, `no FAT with ${part} at ${offset}`);
  }
  t.equal(fatVolumeSize(fat({ 13: '00' })), undefined, 'no sectors in a cluster');
  t.equal(fatVolumeSize(fat({ 16: '00' })), undefined, 'no table');
  t.equal(fatVolumeSize(fat().subarray(0, 35)), undefined, 'cut short');
});

t.test('the size of FAT images', async (t) => {
  if (!needTools(t, 'mkfs.fat')) {
    return;
  }
  const folder = t.testdir({});
  for (const [kind, kibibytes] of [
    ['12', 1440],
    ['12', 360],
    ['16', 16_384],
    ['32', 65_536],
  ] as const) {
    const image = join(folder, `fat${kind}-${kibibytes}.img`);
    await runOk('mkfs.fat', ['-C', '-F', kind, image, String(kibibytes)]);
    t.equal(fatVolumeSize(await readFile(image)), kibibytes * 1024, `FAT${kind}, ${kibibytes} KiB`);
  }
});
