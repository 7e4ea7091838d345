/** What the fuzzer found, in as few bytes as show it. */
import t from 'tap';
import { findDisagreements } from '../../src/check/agreement.js';
import { checkInjection } from '../../src/check/injection.js';
import { directoryRecord } from '../../src/layout/directory-record.js';
import { gptHeader, gptPartition, masterBootRecord } from '../../src/layout/partition-table.js';
import { volumeDescriptor } from '../../src/layout/volume-descriptor.js';
import { AllocationMap } from '../../src/read/allocation-map.js';
import { readImage } from '../../src/read/image.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { FIXTURES } from '../fixtures/index.js';
import { ascii } from '../kit/golden.js';
import { bothByteOrders } from '../../src/layout/field.js';
import { bootEntry, dots, plainImage, record } from '../kit/image-builder.js';
import { problemsOf } from '../kit/model-check.js';
import { AT, planFor, vendorImage } from '../plan/planning.js';

t.test('claims from in front of the image, and beyond any', async (t) => {
  const map = new AllocationMap();
  map.claim('file', -3, 5);
  map.claim('file', -3, 2);
  map.claim('partition', 10, Number.MAX_SAFE_INTEGER);
  map.claim('partition', Number.MAX_SAFE_INTEGER, 10);
  t.strictSame(
    map.claims.map(({ start, end }) => [start, end * BLOCK_SIZE <= Number.MAX_SAFE_INTEGER]),
    [
      [0, true],
      [10, true],
    ],
  );
});

t.test('a GPT whose partitions end where no disk does', async (t) => {
  const image = plainImage();
  image.bytes.set([0x55, 0xaa], masterBootRecord.offsetOf('signature'));
  const blank = gptHeader.decode(new Uint8Array(gptHeader.span));
  const header = { signature: 'EFI PART', partitionEntryLba: 2n, numberOfPartitionEntries: 1 };
  image.put(0, gptHeader.encode({ ...blank, ...header, sizeOfPartitionEntry: 128 }), 512);
  const entry = { typeGuid: new Uint8Array(16).fill(1), uniqueGuid: new Uint8Array(16) };
  image.put(0, gptPartition.encode({ ...entry, startingLba: 100n, endingLba: 2n ** 64n - 1n }), 1024);
  t.strictSame(problemsOf(await readImage(new MemorySource(image.bytes))), []);
});

t.test('a block that would be taken for a descriptor once they have moved up', async (t) => {
  const behind = AT.room + 1;
  const root = 28;
  const folder = record({ name: 'ISOLINUX', at: AT.folder, length: BLOCK_SIZE, directory: true });
  const image = vendorImage()
    .primary({}, { at: root })
    .directory(root, [...dots(root, root), folder]);
  for (const start of ['\0NSR02', '\0BEA01', '\0TEA01', '\xffCD001']) {
    image.put(
      behind,
      Uint8Array.from(start, (character) => character.charCodeAt(0)),
    );
    await t.rejects(planFor(image), { code: 'ISO_PLAN_NO_ROOM', offset: behind * BLOCK_SIZE }, start);
  }
  image.put(behind, ascii('\x01CD001'));
  t.ok((await planFor(image)).plan.list.patches.length > 0, 'another descriptor does not read on');
});

t.test(
  'directories that a path table may name as well which is beyond the end, or among the descriptors',
  async (t) => {
    const image = vendorImage();
    const folder = record({ name: 'INSIDE', at: AT.room, length: BLOCK_SIZE, directory: true });
    image.put(AT.folder, folder, 34 + 34 + 48).directory(AT.room, dots(AT.room, AT.folder));
    const size = bothByteOrders(20);
    const fields = (at: number) => ({ pathTableSize: size, locationOfTypeLPathTable: at });
    t.equal((await planFor(image)).plan.moves.length, 1, 'it moves where there is none');
    for (const at of [17, 299, 300]) {
      image.primary(fields(at));
      image.put(299, ascii('\x01\0\x14\0\0\0\x01\0\0\0'), 0);
      if (at === 299) {
        t.equal((await planFor(image)).plan.moves.length, 1, 'and where it is inside');
      } else {
        await t.rejects(planFor(image), { code: 'ISO_PLAN_NO_ROOM', offset: at * BLOCK_SIZE });
      }
    }
  },
);

t.test('an entry that is added beside one that loads the same elsewhere', async (t) => {
  const image = vendorImage();
  image.bytes.copyWithin(18 * BLOCK_SIZE, 17 * BLOCK_SIZE, 19 * BLOCK_SIZE);
  const old = bootEntry({ at: AT.loader });
  old.set([0xc0, 0x07], 2);
  const section = ascii('\x91\0\x01\0'.padEnd(32, '\0'));
  image.put(17, new Uint8Array(BLOCK_SIZE)).bootRecord(30).catalog(30, { at: 40 }, section, old);
  const planned = await planFor(image, { onto: 'add' });
  t.equal((await checkInjection(planned.result, planned.image, planned.plan)).boot?.entries.length, 3);
});

t.test('a path table that two descriptors share, and one calls shorter', async (t) => {
  const shared = FIXTURES.find(({ name }) => name === 'level-four-root-first');
  const descriptor = volumeDescriptor.rangeOf('pathTableSize').offset;
  for (const lba of [16, 17]) {
    const bytes = shared?.build() ?? new Uint8Array();
    bytes.set([1, 0, 0, 0, 0, 0, 0, 1], lba * BLOCK_SIZE + descriptor);
    const source = new MemorySource(bytes);
    const { result, image, plan } = await planFor(source);
    const disagreements = (await findDisagreements(source, image)).length;
    t.ok(plan.moves.length > 0 && disagreements > 0);
    t.ok(await checkInjection(result, image, plan, { disagreements }), `shorter in block ${lba}`);
  }
});

t.test('a later section of a file that has an extended attribute record in front', async (t) => {
  const found = FIXTURES.find(({ name }) => name === 'file-multi-extent');
  const bytes = found?.build() ?? new Uint8Array();
  const [tree] = (await readImage(new MemorySource(bytes))).trees;
  const last = tree?.directories[0]?.children?.find(({ extents }) => extents.length > 2)?.extents.at(-1);
  const record = last?.recordOffset ?? 0;
  bytes[record + directoryRecord.offsetOf('extendedAttributeRecordLength')] = 1;
  const { result, image, plan } = await planFor(new MemorySource(bytes));
  t.ok(plan.moves.some(({ start, end }) => (last?.lba ?? 0) >= start && (last?.lba ?? 0) < end));
  t.ok(await checkInjection(result, image, plan), 'it moves with its record');
});
