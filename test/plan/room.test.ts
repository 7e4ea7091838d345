/** What may stand behind the descriptors, and how all of them move up by a block. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { findDisagreements } from '../../src/check/agreement.js';
import { checkInjection } from '../../src/check/injection.js';
import { bothByteOrders } from '../../src/layout/field.js';
import { bootRecord } from '../../src/layout/volume-descriptor.js';
import { readImage } from '../../src/read/image.js';
import { requireFile } from '../../src/read/lookup.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { ascii, hex } from '../kit/golden.js';
import { dots, ImageBuilder, joined, record, ROOT, type RecordSpec } from '../kit/image-builder.js';
import { needTools } from '../kit/tools.js';
import { BSDTAR, GENISOIMAGE, GENISOIMAGE_UDF, type VendorWriter } from '../kit/vendor-images.js';
import { makeVendorTree, TREE_TOOLS } from '../kit/vendor-tree.js';
import { AT, LOADER_SIZE, LOW_BLOCKS, planFor, resultBlocks, vendorImage, type Planned } from './planning.js';

const ROOM = AT.room * BLOCK_SIZE;

/** The blocks from 16 on are what they were, each from 17 on one block up, with a boot record between. */
async function checkShift(planned: Planned, bytes: Uint8Array, last: number): Promise<string[]> {
  const wrong: string[] = [];
  for (let block = 17; block <= last; block += 1) {
    const was = bytes.subarray(block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE);
    if (!Buffer.from(was).equals(await resultBlocks(planned, block + 1))) {
      wrong.push(`block ${block} is not at ${block + 1}`);
    }
  }
  const first = bytes.subarray(16 * BLOCK_SIZE, 17 * BLOCK_SIZE);
  if (!Buffer.from(first).equals(await resultBlocks(planned, 16))) {
    wrong.push('the primary descriptor changed');
  }
  await checkInjection(planned.result, planned.image, planned.plan);
  return wrong;
}

t.test('blocks behind the terminator that may go', async (t) => {
  const texts = {
    zeros: '',
    'the version that mkisofs notes': 'MKI Sat Mar 14 15:09:26 2015\nmkisofs 2.01',
    'the text of libarchive': 'INFO PRODUCED by libarchive 3.6.2',
    'the text of PowerISO': 'This file was made by PowerISO, www.poweriso.com',
  };
  for (const [name, text] of Object.entries(texts)) {
    const image = vendorImage().put(AT.room, ascii(text));
    t.same(await checkShift(await planFor(image), image.bytes, AT.room - 1), [], name);
  }
});

t.test('the boot record', async (t) => {
  const planned = await planFor(vendorImage());
  const bytes = await resultBlocks(planned, 17);
  const fields = bootRecord.decode(bytes);
  t.equal(fields.bootSystemIdentifier, 'EL TORITO SPECIFICATION'.padEnd(32, '\0'));
  t.equal(fields.locationOfBootCatalog, LOW_BLOCKS[0]);
  const wanted = new Uint8Array(BLOCK_SIZE);
  wanted.set(ascii('\0CD001\x01EL TORITO SPECIFICATION'));
  wanted.set([LOW_BLOCKS[0]], 71);
  t.same(bytes, wanted, 'byte by byte');
  const { patches } = planned.plan.list;
  t.match(patches.at(-1), { phase: 'boot-record', offset: 17 * BLOCK_SIZE, length: BLOCK_SIZE });
  t.same(
    patches.filter(({ phase }) => phase === 'descriptors').map(({ offset }) => offset / BLOCK_SIZE),
    [19, 18],
    'the highest first',
  );
});

t.test('blocks behind the terminator that stay', async (t) => {
  const refused = async (name: string, image: ImageBuilder, found: string, at = ROOM): Promise<void> => {
    await t.rejects(planFor(image), { code: 'ISO_PLAN_NO_ROOM', offset: at, found }, name);
  };
  await refused('unknown data', vendorImage({ littered: [AT.room] }), 'data that nothing refers to');
  const late = vendorImage().put(AT.room, Uint8Array.of(1), BLOCK_SIZE - 1);
  await refused('a single byte of them', late, 'data that nothing refers to');
  const more = vendorImage().put(AT.room, joined(ascii('PowerISO'), Uint8Array.of(0, 1)));
  await refused('more than the text', more, 'data that nothing refers to');
  const brought = { entries: [{ bytes: new Uint8Array(BLOCK_SIZE) }] };
  const short = new ImageBuilder(18).primary({}, { length: 0 }).terminator(17);
  const end = { code: 'ISO_PLAN_NO_ROOM', offset: 18 * BLOCK_SIZE, found: 'the end of the image' };
  await t.rejects(planFor(short, brought), end);
  t.ok((await planFor(vendorImage({ records: inRoom({ length: 0 }) }))).plan, 'an empty file holds nothing');
});

/** What stands in the room, five bytes long. */
function inRoom(spec: Partial<RecordSpec> = {}): RecordSpec[] {
  return [{ name: 'IN.ROOM;1', at: AT.room, length: 5, ...spec }];
}

t.test('what stands behind the terminator moves to the lowest free block', async (t) => {
  const moved = async (name: string, image: ImageBuilder, what: string, blocks = 1): Promise<void> => {
    const planned = await planFor(image);
    const [to] = LOW_BLOCKS;
    const move = { start: AT.room, end: AT.room + blocks, to, what };
    t.match(planned.plan.moves, [move], name);
    const was = image.bytes.subarray(ROOM, ROOM + blocks * BLOCK_SIZE);
    const is = await resultBlocks(planned, to, blocks);
    const differing = [...is].filter((byte, i) => byte !== was[i]).length;
    t.ok(differing <= 4, `${name}: it goes as it is, but for its own place (${differing} bytes differ)`);
    const disagreements = (await findDisagreements(planned.source, planned.image)).length;
    await checkInjection(planned.result, planned.image, planned.plan, { sameTrees: false, disagreements });
  };
  const table = { pathTableSize: bothByteOrders(10), locationOfTypeLPathTable: AT.room };
  const row = ascii('\x01\0\x14\0\0\0\x01\0\0\0');
  await moved('a path table', vendorImage({ primary: table }).put(AT.room, row), 'the path table');
  const optional = { ...table, locationOfTypeLPathTable: 0, locationOfOptionalTypeMPathTable: AT.room };
  await moved('an optional one', vendorImage({ primary: optional }), 'the path table');
  await moved("Joliet's", vendorImage({ supplementary: { ...table } }), 'the path table');
  await moved('a file', vendorImage({ records: inRoom() }), 'the file /ISOLINUX/IN.ROOM');
  await moved('a file of Joliet', vendorImage({ joliet: inRoom({ name: 'in.room' }) }), 'the file /in.room');
  const both = vendorImage({ records: inRoom(), joliet: inRoom({ name: 'in.room' }) });
  await moved('a file of both', both, 'the file /ISOLINUX/IN.ROOM and the file /in.room');
  const folder = inRoom({ name: 'FOLDER', directory: true, length: BLOCK_SIZE });
  const withFolder = vendorImage({ records: folder }).directory(AT.room, dots(AT.room, AT.folder));
  await moved('a directory', withFolder, 'the directory /ISOLINUX/FOLDER');
});

t.test('every pointer to a directory that moves follows it', async (t) => {
  const [to] = LOW_BLOCKS;
  const child = 40;
  const folder = { name: 'FOLDER', at: AT.room, length: BLOCK_SIZE, directory: true };
  const tables = {
    pathTableSize: bothByteOrders(40),
    locationOfTypeLPathTable: 50,
    locationOfOptionalTypeLPathTable: 51,
    locationOfTypeMPathTable: 52,
    locationOfOptionalTypeMPathTable: 53,
  };
  const image = vendorImage({ records: [folder], primary: tables })
    .directory(AT.room, [
      ...dots(AT.room, AT.folder),
      record({ name: 'CHILD', at: child, length: BLOCK_SIZE, directory: true }),
    ])
    .directory(child, dots(child, AT.room));
  const little = hex('0100 14000000 0100 0000  0600 13000000 0100 464f4c444552');
  const big = hex('0100 00000014 0001 0000  0600 00000013 0001 464f4c444552');
  image.put(50, little).put(51, little).put(52, big).put(53, big);
  const { plan, result } = await planFor(image);
  t.match(plan.moves, [{ start: AT.room, to }]);
  const pointers = plan.list.patches.filter(({ phase }) => phase === 'pointers');
  t.same(
    pointers.map(({ offset }) => Math.floor(offset / BLOCK_SIZE)).sort((a, b) => a - b),
    [AT.folder, child, 50, 51, 52, 53],
    'its record, its child, four path tables',
  );
  for (const { offset, length, content } of pointers) {
    const bytes = content.kind === 'bytes' ? [...content.bytes] : [];
    t.same(
      bytes.filter((byte) => byte !== 0),
      length === 8 ? [to, to] : [to],
      `at ${offset}`,
    );
  }
  const own = await result.read(to * BLOCK_SIZE, 10);
  t.equal(own[2], to, 'its record of itself, in the copy');
});

t.test('nothing moves where a record cannot be read, as that may name it too', async (t) => {
  const image = vendorImage({ records: [...inRoom(), { name: 'ODD.BIN;1', at: 40, length: 1 }] });
  const name = Buffer.from(image.bytes).indexOf(ascii('ODD.BIN;1'));
  image.bytes[name - 33] = 20;
  await t.rejects(planFor(image), { code: 'ISO_PLAN_NO_ROOM', offset: ROOM, found: 'malformed records' });
});

t.test('a pointer that contradicts itself is not trusted', async (t) => {
  const image = vendorImage({ records: inRoom() });
  const source = new MemorySource(image.bytes);
  const { node } = requireFile(await readImage(source), '/ISOLINUX/IN.ROOM');
  const offset = node.recordOffset + 2;
  image.bytes[offset + 7] = 77;
  await t.rejects(planFor(image), { code: 'ISO_VOLUME_BYTE_ORDER', offset, found: 77, wanted: AT.room });
});

t.test("another system's boot record moves along", async (t) => {
  // The room is one block further on with it, where the root is otherwise: that stands in a free block here.
  const [root] = LOW_BLOCKS;
  const image = vendorImage();
  const block = (at: number): Uint8Array => image.bytes.slice(at * BLOCK_SIZE, (at + 1) * BLOCK_SIZE);
  const joliet = block(AT.joliet);
  const other = new Uint8Array(BLOCK_SIZE);
  other.set(ascii('\0CD001\x01ANOTHER SYSTEM'));
  image.put(root, block(ROOT)).put(ROOT, new Uint8Array(BLOCK_SIZE)).primary({}, { at: root });
  image.put(17, other).put(18, joliet).terminator(19);
  const planned = await planFor(image);
  t.equal(planned.image.descriptorSet.descriptors[1]?.kind, 'boot-record');
  t.same(await checkShift(planned, image.bytes, 19), []);
});

t.test('what the writers leave there', async (t) => {
  const cases: readonly (readonly [VendorWriter, number])[] = [
    [GENISOIMAGE, 0],
    [GENISOIMAGE_UDF, 3],
    [BSDTAR, 0],
  ];
  for (const [writer, recognition] of cases) {
    await t.test(writer.name, async (t) => {
      if (!needTools(t, ...TREE_TOOLS, ...writer.tools)) {
        return;
      }
      const folder = t.testdir();
      await makeVendorTree(join(folder, 'tree'), { token: 'UNUSED' });
      await writer.make(join(folder, 'tree'), join(folder, 'v.iso'));
      const bytes = new Uint8Array(await readFile(join(folder, 'v.iso')));
      const planned = await planFor(new MemorySource(bytes), {
        entries: [{ path: '/isolinux/isolinux.bin' }],
      });
      const { descriptorSet } = planned.image;
      t.equal(descriptorSet.recognition.length, recognition);
      const last = descriptorSet.terminatorLba + recognition;
      t.same(await checkShift(planned, bytes, last), []);
      t.match(
        planned.plan.list.patches.find(({ phase }) => phase === 'descriptors'),
        { offset: (last + 1) * BLOCK_SIZE },
      );
    });
  }
});

t.test('images that are bootable, or broken', async (t) => {
  const bootable = (at: number): ImageBuilder => {
    const image = vendorImage({ littered: [] }).bootRecord(LOW_BLOCKS[0], at);
    return image.catalog(LOW_BLOCKS[0], { at: AT.loader });
  };
  await t.rejects(planFor(bootable(17)), { code: 'ISO_PLAN_ALREADY_BOOTABLE', offset: 17 * BLOCK_SIZE });
  const broken = vendorImage().bootRecord(LOW_BLOCKS[0], 17);
  await t.rejects(planFor(broken), {
    code: 'ISO_BOOT_BROKEN',
    offset: 17 * BLOCK_SIZE,
    found: LOW_BLOCKS[0],
  });
  // Firmware looks at block 17 and nowhere else.
  const elsewhere = bootable(18).terminator(AT.room);
  const notThere = { code: 'ISO_BOOT_BROKEN', offset: 18 * BLOCK_SIZE };
  await t.rejects(planFor(elsewhere), notThere, 'a boot record at another block');
});

t.test('images that are not edited', async (t) => {
  const volume = (changes: Parameters<typeof vendorImage>[0]) => planFor(vendorImage(changes));
  const at = (block: number, offset: number): number => block * BLOCK_SIZE + offset;
  const small = vendorImage({ primary: { logicalBlockSize: bothByteOrders(1024) } });
  await t.rejects(planFor(small, { entries: [{ bytes: new Uint8Array(BLOCK_SIZE) }] }), {
    code: 'ISO_VOLUME_BLOCK_SIZE',
    offset: at(16, 128),
    found: 1024,
  });
  const differing = { littleEndian: 300, bigEndian: 299 };
  const wrongHalf = { code: 'ISO_VOLUME_BYTE_ORDER', found: 299, wanted: 300 };
  await t.rejects(volume({ primary: { volumeSpaceSize: differing } }), { ...wrongHalf, offset: at(16, 80) });
  t.ok(
    (await volume({ supplementary: { volumeSpaceSize: differing } })).plan,
    'not rewritten, not looked at',
  );
  const growing = { supplementary: { volumeSpaceSize: differing }, blocks: 100, littered: LOW_BLOCKS };
  await t.rejects(volume(growing), { ...wrongHalf, offset: at(AT.joliet, 80) });
  const cut = vendorImage({ records: [{ name: 'CUT.BIN;1', at: 299, length: 2049 }] });
  await t.rejects(planFor(cut), {
    code: 'ISO_SOURCE_TRUNCATED',
    found: 300 * BLOCK_SIZE,
    wanted: 299 * BLOCK_SIZE + 2049,
  });
});

t.test('images of which not everything is known', async (t) => {
  const bad = record({ name: 'BAD.BIN;1', at: 40, length: 5 });
  bad[32] = 200;
  const image = vendorImage().directory(AT.folder, [
    ...dots(AT.folder, ROOT),
    record({ name: 'ISOLINUX.BIN;1', at: AT.loader, length: LOADER_SIZE }),
    bad,
    record({ name: 'ZEROS.BIN;1', at: LOW_BLOCKS[0], length: BLOCK_SIZE }),
  ]);
  const { plan } = await planFor(image);
  t.not(plan.catalog.lba, LOW_BLOCKS[0], 'a file of zeros behind a malformed record');

  const FOLDER = 60;
  const odd = Array.from({ length: 210 }, (_, i) => {
    const bytes = record({ name: `ODD${i}.;1`, at: 30, length: 1 });
    bytes[9] = 99;
    return bytes;
  });
  const length = 6 * BLOCK_SIZE;
  const cut = vendorImage({
    records: [
      { name: 'CUT.BIN;1', at: 299, length: 2049 },
      { name: 'ODD', at: FOLDER, length, directory: true },
    ],
  }).directory(FOLDER, [...dots(FOLDER, AT.folder, undefined, length), ...odd]);
  await t.rejects(
    planFor(cut),
    { code: 'ISO_SOURCE_TRUNCATED' },
    'a file is cut, beside many small oddities',
  );
});
