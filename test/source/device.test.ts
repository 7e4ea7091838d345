/** Discs in drives: how large they are, what of them can be read, and what is said where nothing can. */
import { readFile } from 'node:fs/promises';
import t from 'tap';
import { readImage } from '../../src/read/image.js';
import { isNoDisc, isRawVolume, openFailure } from '../../src/source/device-failure.js';
import { DeviceSource } from '../../src/source/device-source.js';
import { SAMPLE } from '../cli/machine.js';
import { Drive, NO_DISC, systemError, type DriveOptions } from '../kit/drive.js';
import { seededBytes } from '../kit/vendor-tree.js';

const BLOCK = 2048;

/** How systems differ in what they do with a read behind the end. */
const SYSTEMS: Readonly<Record<string, DriveOptions>> = {
  'as on Linux': {},
  'as on Windows': { failsPastEnd: true, wholeBlocks: true },
};

async function open(
  disc: Uint8Array,
  options: DriveOptions = {},
): Promise<{ source: DeviceSource; drive: Drive }> {
  const drive = new Drive(disc, options);
  return { source: await DeviceSource.over('drive', drive), drive };
}

for (const [name, system] of Object.entries(SYSTEMS)) {
  t.test(`sizes ${name}`, async (t) => {
    for (const blocks of [1, 2, 3, 4, 5, 17, 1023, 1024, 1025]) {
      const { source } = await open(seededBytes(blocks, blocks * BLOCK), system);
      t.equal(source.size, blocks * BLOCK, `${blocks} blocks`);
    }
  });

  t.test(`a disc that is bad in places ${name}`, async (t) => {
    const disc = seededBytes(3, 1000 * BLOCK);
    const places: Readonly<Record<string, (block: number) => boolean>> = {
      'where halving looks': (block) => block === 512 || block === 255,
      'a run': (block) => block >= 300 && block < 600,
      'each other one': (block) => block > 0 && block % 2 === 0,
    };
    for (const [place, bad] of Object.entries(places)) {
      const { source } = await open(disc, { ...system, bad });
      t.equal(source.size, disc.length, place);
    }
  });

  t.test(`reads ${name}`, async (t) => {
    const disc = seededBytes(4, 40 * BLOCK);
    const { source, drive } = await open(disc, { ...system, bad: (block) => block === 20 });
    for (const [offset, length] of [
      [0, disc.length / 4],
      [1, 1],
      [2047, 2],
      [100, 5000],
      [39 * BLOCK + 7, 2041],
      [5, 0],
    ] as const) {
      t.strictSame(
        Buffer.from(await source.read(offset, length)),
        Buffer.from(disc.subarray(offset, offset + length)),
      );
    }
    const room = new Uint8Array(3 * BLOCK);
    t.equal(
      (await source.read(BLOCK, 2 * BLOCK, room)).buffer,
      room.buffer,
      'the room that is offered is used',
    );
    await t.rejects(source.read(39 * BLOCK, BLOCK + 1), { code: 'ISO_SOURCE_BOUNDS' });
    const error = { code: 'ISO_SOURCE_IO', offset: 20 * BLOCK };
    drive.reads.length = 0;
    await t.rejects(source.read(16 * BLOCK + 5, 10 * BLOCK), error, 'the very block is named');
    t.equal(
      drive.reads.filter(({ length }) => length > BLOCK).length,
      1,
      'the larger read is tried only once',
    );
    t.equal((await source.read(21 * BLOCK, 19 * BLOCK)).length, 19 * BLOCK);
    t.notOk(
      drive.reads.some(({ position }) => position % BLOCK !== 0),
      'by whole blocks',
    );
    await source.close();
    t.equal(drive.closed, 1);
  });
}

t.test(
  'a larger read fails for one that the system reads ahead, and the blocks are had one by one',
  async (t) => {
    const disc = seededBytes(5, 100 * BLOCK);
    const { source } = await open(disc, { runOut: 2 });
    const drive = new Drive(disc, { runOut: 2 });
    const nervous = await DeviceSource.over('drive', {
      read: (bytes, start, length, position) =>
        length > BLOCK && position + length > 90 * BLOCK
          ? Promise.reject(systemError('EIO', -5))
          : drive.read(bytes, start, length, position),
      close: () => drive.close(),
    });
    t.equal(nervous.size, source.size);
    t.strictSame(Buffer.from(await nervous.read(0, disc.length)), Buffer.from(disc));
  },
);

t.test('the run-out', async (t) => {
  const disc = seededBytes(6, 300 * BLOCK);
  for (const runOut of [1, 2, 150]) {
    const { source } = await open(disc, { runOut });
    t.equal(source.size, disc.length, `${runOut} blocks are left out`);
    t.equal(source.unreadableTail, runOut * BLOCK);
  }
  const { source } = await open(disc, { runOut: 151 });
  t.equal(source.size, disc.length + 151 * BLOCK, 'more than that is damage, and not hidden');
  t.equal(source.unreadableTail, 0);
  await t.rejects(source.read(disc.length - BLOCK, 2 * BLOCK), {
    code: 'ISO_SOURCE_IO',
    offset: disc.length,
  });
  const windows = await open(disc, { runOut: 2, failsPastEnd: true });
  t.equal(windows.source.size, disc.length, 'where it looks like the end, it is one');
  const image = await readImage((await open(await readFile(SAMPLE), { runOut: 2 })).source);
  t.match(
    image.findings.filter(({ code }) => code === 'ISO_SOURCE_IO'),
    [{ severity: 'note', offset: image.size, wanted: image.size + 2 * BLOCK }],
    'it is said',
  );
});

t.test('a disc of which only the first and the last blocks can be read', async (t) => {
  const disc = seededBytes(9, 1000 * BLOCK);
  const bad = (block: number): boolean => block >= 100 && block < 998;
  t.equal((await open(disc, { bad })).source.size, disc.length);
  const windows = await open(disc, { bad, failsPastEnd: true });
  t.equal(windows.source.size, 100 * BLOCK, 'shorter than its volume, which whoever reads that sees');
});

t.test('a disc that lost its end', async (t) => {
  const bytes = await readFile(SAMPLE);
  const blocks = bytes.length / BLOCK;
  const { source } = await open(bytes, { bad: (block) => block >= blocks - 100 });
  const { findings } = await readImage(source);
  t.match(
    findings.find(({ code }) => code === 'ISO_VOLUME_SPACE_SIZE'),
    { severity: 'warning', found: bytes.length - 100 * BLOCK, wanted: bytes.length },
  );
});

t.test('awkward devices', async (t) => {
  const disc = seededBytes(7, 10 * BLOCK);
  const slow = await open(disc, { most: 700 });
  t.equal(slow.source.size, disc.length, 'a few bytes at a time');
  t.strictSame(Buffer.from(await slow.source.read(0, disc.length)), Buffer.from(disc));
  const odd = await open(disc.subarray(0, 9 * BLOCK + 512));
  t.equal(odd.source.size, 9 * BLOCK + 512, 'a part of a block at the end');
  t.equal((await odd.source.read(9 * BLOCK, 512)).length, 512);
  t.equal((await odd.source.read(9 * BLOCK + 10, 502)).length, 502);
  t.equal((await open(new Uint8Array(0))).source.size, 0);
  t.equal((await open(disc.subarray(0, 100))).source.size, 100);
  const endless = await DeviceSource.over('drive', {
    read: async (_bytes, _start, length) => ({ bytesRead: length }),
    close: () => Promise.resolve(),
  });
  t.ok(Number.isSafeInteger(endless.size) && endless.size > 2 ** 40, 'one without an end still gets a size');
});

t.test('no disc, or none that can be read', async (t) => {
  t.match(await failureOf({ failure: NO_DISC }), {
    code: 'ISO_SOURCE_IO',
    message: /^there is no disc in drive$/,
  });
  const unreadable = { code: 'ISO_SOURCE_IO', offset: 0, message: /^there is no disc in drive, or none/ };
  t.match(await failureOf({ failure: systemError('EIO', -5) }), unreadable);
  t.match(await failureOf({ failure: systemError('UNKNOWN', -4094) }), unreadable, 'what Windows says');
  let taken = false;
  const disc = seededBytes(8, 10 * BLOCK);
  const drive = new Drive(disc);
  const source = await DeviceSource.over('drive', {
    read: (...args) => (taken ? Promise.reject(NO_DISC) : drive.read(...args)),
    close: () => drive.close(),
  });
  taken = true;
  const error: unknown = await source.read(0, disc.length).catch((error: unknown) => error);
  t.match(
    error,
    { code: 'ISO_SOURCE_IO', message: /^there is no disc in drive$/ },
    'taken out while it was read',
  );
  t.ok(isNoDisc(systemError('ENOMEDIUM', -1)));
  t.notOk(isNoDisc('ENOMEDIUM'));
});

function failureOf(options: DriveOptions): Promise<unknown> {
  return open(new Uint8Array(BLOCK), options).catch((error: unknown) => error);
}

t.test('what cannot be opened', async (t) => {
  const denied = systemError('EACCES', -13);
  t.match(openFailure('/dev/sr0', denied, true), {
    code: 'ISO_SOURCE_IO',
    message: /\/dev\/sr0; use sudo, or .*group/,
  });
  t.match(openFailure('\\\\.\\D:', systemError('EPERM', -4048)), { message: /administrator$/ });
  t.match(openFailure('x.iso', denied), { message: /^no permission to read x\.iso$/ });
  t.match(openFailure('/dev/sr0', NO_DISC, true), { message: /^there is no disc in \/dev\/sr0$/ });
});

t.test('the names of whole drives', async (t) => {
  for (const name of ['\\\\.\\D:', '\\\\.\\CdRom0', '\\\\?\\D:']) {
    t.ok(isRawVolume(name), name);
  }
  for (const name of ['D:', '/dev/sr0', '\\\\?\\C:\\image.iso', '\\\\server\\share', '\\\\.\\D:\\', './x']) {
    t.notOk(isRawVolume(name), name);
  }
});
