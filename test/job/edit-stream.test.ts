/** Images that come as streams: the same bytes as from a file, in one pass or by way of a temporary file. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import t from 'tap';
import { IsoError } from '../../src/errors.js';
import type { EditOptions } from '../../src/job/edit-options.js';
import { inject } from '../../src/job/inject.js';
import type { InjectOptions } from '../../src/job/inject-options.js';
import { editMediaCheck } from '../../src/job/media-check-edit.js';
import { removeBoot } from '../../src/job/remove-boot.js';
import type { Logger } from '../../src/job/logger.js';
import { parseExpectation } from '../../src/job/expectation.js';
import { FIXTURES } from '../fixtures/index.js';
import { file, isolinux, root } from '../fixtures/tree.js';
import { writeVolume } from '../fixtures/writer.js';
import { sha256 } from '../kit/digest.js';
import { inPieces } from '../kit/piecewise.js';
import { seededBytes } from '../kit/vendor-tree.js';
import { Collector, Place, plainLoader } from './place.js';

const MIB = 1024 * 1024;

/** What a run gave: the digest of the result, or the code of the error. */
interface Outcome {
  readonly result: string;
  /** Why it went through a temporary file. */
  readonly detours: readonly string[];
  readonly report?: object;
}

type Edit = (options: EditOptions) => Promise<object>;

/** Runs an edit whose result goes to a stream. */
async function outcomeOf(
  input: string | Readable,
  edit: Edit,
  more: Partial<EditOptions> = {},
): Promise<Outcome> {
  const stream = new Collector();
  const detours: string[] = [];
  const nothing = (): void => undefined;
  const warn = (_: object, message: string): void => void detours.push(message.replace(/.*, since /, ''));
  const logger: Logger = { warn, info: nothing, debug: nothing };
  try {
    const report = await edit({ input, target: { kind: 'stream', stream }, logger, ...more });
    return { result: sha256(stream.bytes), detours, report };
  } catch (error) {
    return { result: error instanceof IsoError ? error.code : String(error), detours };
  }
}

const plainInject: Edit = (options) => inject(options);

t.test('every layout, in pieces of any length', async (t) => {
  const place = new Place(t);
  for (const [i, { name, build }] of FIXTURES.entries()) {
    const bytes = build();
    const path = await place.put('in.iso', bytes);
    const wanted = await outcomeOf(path, plainInject);
    const pieceLength = i % 20 === 0 ? 1 : ([2_047, MIB, 65_536][i % 3] ?? MIB);
    const found = await outcomeOf(inPieces(bytes, pieceLength), plainInject);
    t.equal(found.result, wanted.result, `${name} in pieces of ${pieceLength}`);
  }
  t.strictSame(await readdir(place.folder), ['in.iso']);
});

t.test('every edit, and a file as the result', async (t) => {
  const place = new Place(t);
  const plain = await place.disc('plain.iso', { bios: true });
  const bootable = await place.bootableDisc('bootable.iso');
  const bootFile = await place.put('local.bin', plainLoader(5_000));
  const edits: readonly [string, string, Edit][] = [
    ['inject', plain, plainInject],
    ['inject a local file', plain, (options) => inject({ ...options, bootFile })],
    ['inject with a new MD5', plain, (options) => inject({ ...options, mediaCheck: 'add' })],
    ['replace', bootable, (options) => inject({ ...options, replace: true })],
    ['refuse', bootable, plainInject],
    ['remove', bootable, (options) => removeBoot(options)],
    ['implant', plain, (options) => editMediaCheck({ ...options, action: 'implant' })],
  ];
  for (const [name, path, edit] of edits) {
    const bytes = await readFile(path);
    const wanted = await outcomeOf(path, edit);
    const found = await outcomeOf(inPieces(bytes, 2_047), edit);
    t.equal(found.result, wanted.result, name);
    t.match(
      found.report ?? {},
      wanted.report === undefined ? {} : { ...wanted.report, input: '-' },
      `${name}: the report`,
    );
    const target = { kind: 'copy', path: place.at('out.iso'), force: true } as const;
    const filed = await outcomeOf(inPieces(bytes, 2_047), edit, { target });
    if (wanted.report === undefined) {
      t.equal(filed.result, wanted.result, `${name} into a file`);
    } else {
      t.equal(await place.digest('out.iso'), wanted.result, `${name} into a file`);
      t.match(filed.report, {
        input: '-',
        output: target.path,
        mode: 'copy',
        size: (await readFile(target.path)).length,
      });
    }
  }
  t.strictSame(
    (await readdir(place.folder)).filter((name) => name.startsWith('.')),
    [],
    'nothing else is left',
  );
});

t.test('nothing to do: whoever reads a stream gets the image', async (t) => {
  const place = new Place(t);
  const bytes = await readFile(await place.bootableDisc('bootable.iso'));
  const ensure: Edit = (options) => inject({ ...options, ensure: true });
  for (const input of [inPieces(bytes, 2_047), place.at('bootable.iso')]) {
    const { result, report } = await outcomeOf(input, ensure);
    t.equal(result, sha256(bytes));
    t.match(report, { alreadyDone: true, output: '-' });
  }
});

t.test('streams longer than what is held', async (t) => {
  const place = new Place(t);
  const { bytes } = writeVolume({
    top: root(isolinux(), file('data.bin', seededBytes(7, 70 * MIB))),
    descriptors: ['primary', 'joliet', 'terminator'],
    layout: [new Uint8Array(8 * 2_048), 'primary*', 'joliet*', 'file /isolinux*', 'file /data.bin*'],
  });
  const path = await place.put('large.iso', bytes);
  const temporary = place.at('tmp');
  await mkdir(temporary);
  process.env['TMPDIR'] = temporary;
  t.teardown(() => delete process.env['TMPDIR']);

  await t.test('what is needed lies at its start: one pass', async (t) => {
    const wanted = await outcomeOf(path, plainInject);
    const found = await outcomeOf(inPieces(bytes, MIB), plainInject);
    t.equal(found.result, wanted.result);
    t.strictSame(found.detours, []);
    t.match(found.report, { ...wanted.report, input: '-' });
  });

  await t.test('a result that is a file is written once', async (t) => {
    const target = { kind: 'copy', path: place.at('out.iso'), force: false } as const;
    const found = await outcomeOf(inPieces(bytes, 65_536), plainInject, { target });
    t.strictSame(found.detours, []);
    t.equal(await place.digest('out.iso'), (await outcomeOf(path, plainInject)).result);
    t.equal((await outcomeOf(inPieces(bytes, MIB), plainInject, { target })).result, 'ISO_OUTPUT_EXISTS');
  });

  await t.test('an MD5 to be kept, or a digest to be checked: a temporary file', async (t) => {
    const add: Edit = (options) => inject({ ...options, mediaCheck: 'add' });
    const found = await outcomeOf(inPieces(bytes, MIB), add);
    t.equal(found.result, (await outcomeOf(path, add)).result);
    t.strictSame(found.detours[0], 'the MD5 near its start is computed from all of it');
    const expect = parseExpectation(`sha256:${sha256(bytes)}`);
    const checked = await outcomeOf(inPieces(bytes, MIB), plainInject, { expect });
    t.strictSame(checked.detours, ['its digest is checked first']);
    const wrong = parseExpectation(`sha256:${sha256(bytes.subarray(1))}`);
    t.equal(
      (await outcomeOf(inPieces(bytes, MIB), plainInject, { expect: wrong })).result,
      'ISO_SOURCE_DIGEST',
    );
    t.strictSame(await readdir(temporary), [], 'it goes');
  });

  await t.test('an image that grows: a temporary file', async (t) => {
    const bootFile = await place.put('local.bin', plainLoader(200_000));
    const grow: Edit = (options) => inject({ ...options, bootFile });
    const found = await outcomeOf(inPieces(bytes, MIB), grow);
    t.equal(found.result, (await outcomeOf(path, grow)).result);
    t.equal(found.detours.length, 1);
  });

  await t.test('bytes behind the volume are passed on', async (t) => {
    const longer = Buffer.concat([bytes, Buffer.alloc(30 * MIB, 'behind')]);
    const wanted = await outcomeOf(await place.put('longer.iso', longer), plainInject);
    const found = await outcomeOf(inPieces(longer, MIB), plainInject);
    t.equal(found.result, wanted.result);
    t.match(found.report, { ...wanted.report, input: '-' }, 'the size is the real one');
    t.strictSame(found.detours, []);
  });

  await t.test('a second session behind the volume makes another edit of it', async (t) => {
    const session = Buffer.concat([bytes, bytes.subarray(0, 2 * MIB)]);
    // It has a root directory of its own: its descriptor names that, and the directory names itself.
    const field = bytes.length + 16 * 2_048 + 158;
    const before = session.readUInt32LE(field);
    const after = before + bytes.length / 2_048;
    for (const at of [field, after * 2_048 + 2]) {
      session.writeUInt32LE(after, at);
      session.writeUInt32BE(after, at + 4);
    }
    const fromFile = await outcomeOf(await place.put('sessions.iso', session), plainInject);
    t.not(fromFile.result.length, 64, `it is refused with ${fromFile.result}`);
    const found = await outcomeOf(inPieces(session, MIB), plainInject);
    t.equal(found.result, fromFile.result, 'though only at the end');
  });

  await t.test('a stream that ends early', async (t) => {
    const cut = bytes.subarray(0, 68 * MIB);
    t.equal((await outcomeOf(inPieces(cut, MIB), plainInject)).result, 'ISO_SOURCE_TRUNCATED');
    const target = { kind: 'copy', path: place.at('cut.iso'), force: false } as const;
    t.equal((await outcomeOf(inPieces(cut, MIB), plainInject, { target })).result, 'ISO_SOURCE_TRUNCATED');
    t.notOk(
      (await readdir(place.folder)).some((name) => name.includes('cut.iso')),
      'nothing is left',
    );
    for (const length of [0, 1, 16 * 2_048, 17 * 2_048, 400_000]) {
      const { result } = await outcomeOf(inPieces(bytes.subarray(0, length), 2_047), plainInject);
      const wanted = await outcomeOf(await place.put('short.iso', bytes.subarray(0, length)), plainInject);
      t.equal(result, wanted.result, `${length} bytes`);
    }
  });

  await t.test('only padding is missing: the same as from a file', async (t) => {
    const { bytes: padded } = writeVolume({
      top: root(isolinux(), file('data.bin', seededBytes(7, 66 * MIB))),
      descriptors: ['primary', 'terminator'],
      layout: [new Uint8Array(8 * 2_048), 'primary*', 'file /isolinux*'],
      padBlocks: 300,
    });
    const cut = padded.subarray(0, padded.length - 200 * 2_048);
    const wanted = await outcomeOf(await place.put('pad.iso', cut), plainInject);
    const found = await outcomeOf(inPieces(cut, MIB), plainInject);
    t.equal(wanted.result.length, 64, 'it can be edited');
    t.equal(found.result, wanted.result);
    t.match(found.report, { ...wanted.report, input: '-' });
  });

  await t.test('a loader at the end: a temporary file', async (t) => {
    const { bytes: late } = writeVolume({
      top: root(isolinux(), file('data.bin', seededBytes(7, 66 * MIB))),
      descriptors: ['primary', 'terminator'],
      layout: ['primary*', 'file /data.bin*', 'file /isolinux*'],
    });
    const found = await outcomeOf(inPieces(late, MIB), plainInject);
    t.equal(found.result, (await outcomeOf(await place.put('late.iso', late), plainInject)).result);
    t.strictSame(found.detours, ['what is needed of it does not all lie in its first 64 MiB']);
    t.strictSame(await readdir(temporary), []);
  });

  await t.test('cancelled while it waits for more', async (t) => {
    const stop = new AbortController();
    const { signal } = stop;
    const input = new Readable({ read: () => undefined });
    input.push(bytes.subarray(0, 1_000));
    setTimeout(() => stop.abort(), 20);
    t.equal((await outcomeOf(input, plainInject, { signal })).result, 'ISO_INTERRUPTED');
    t.equal(input.destroyed, true, 'whoever feeds it is told');
    const silent = new Readable({ read: () => undefined });
    t.equal((await outcomeOf(silent, plainInject, { signal })).result, 'ISO_INTERRUPTED', 'at once');
  });
});

t.test('in place is refused before a byte is taken', async (t) => {
  const input = new Readable({ read: () => t.fail('nothing is read') });
  const options: InjectOptions = { input, target: { kind: 'in-place' } };
  await t.rejects(inject(options), { code: 'ISO_USAGE_ARGUMENT' });
});
