/** The injection as a job: where the result goes, what is refused, and what the report says. */
import { readFile } from 'node:fs/promises';
import t from 'tap';
import { encodeMediaCheck } from '../../src/layout/media-check.js';
import { parseExpectation } from '../../src/job/expectation.js';
import { inject } from '../../src/job/inject.js';
import { inspect } from '../../src/job/inspect.js';
import { undo } from '../../src/job/undo.js';
import { setUndoState } from '../../src/sink/undo-file.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { bytesIn, diffRanges, sha256, uncovered } from '../kit/digest.js';
import { dots, record } from '../kit/image-builder.js';
import { AT, LOADER_SIZE, LOW_BLOCKS, makeLoader, vendorImage } from '../plan/planning.js';
import { Collector, dryRun, EFI, injectCopy, Place, plainLoader } from './place.js';

const [CATALOG] = LOW_BLOCKS;

t.test('a copy, a stream, and an edit in place that is taken back', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso');
  const digest = await place.digest('in.iso');
  const copied = await injectCopy(input, place.at('out.iso'));
  t.match(copied, {
    input,
    output: place.at('out.iso'),
    mode: 'copy',
    dryRun: false,
    alreadyDone: false,
    bootFile: {
      path: '/ISOLINUX/ISOLINUX.BIN',
      lba: AT.loader,
      size: LOADER_SIZE,
      bootInfoTable: { written: true },
    },
    entries: [{ platform: 'x86', emulation: 'none', loadSize: 4, loadSegment: 0, lba: AT.loader }],
    boots: { bios: true, uefi: false },
    catalog: { lba: CATALOG, placement: 'free-block' },
    grownBy: 0,
    undo: null,
    sha256: null,
  });
  t.equal(await place.digest('in.iso'), digest, 'the input is only read');

  const stream = new Collector();
  const streamed = await inject({ input, target: { kind: 'stream', stream, digest: true } });
  t.equal(sha256(stream.bytes), await place.digest('out.iso'));
  t.match(streamed, { mode: 'stream', output: '-', undo: null, sha256: await place.digest('out.iso') });

  const edited = await inject({ input, target: { kind: 'in-place' } });
  t.match(edited, { mode: 'in-place', output: input, undo: `${input}.isoboot-undo` });
  t.equal(await place.digest('in.iso'), await place.digest('out.iso'));
  t.strictSame(edited.changes, copied.changes);
  const undone = await undo({ input });
  t.match(undone, { schema: 'isoboot.undo/1', input, state: 'done', ranges: copied.changes.length });
  t.equal(undone.bytes, copied.bytesChanged);
  t.equal(await place.digest('in.iso'), digest);
  t.strictSame(Object.keys(await place.snapshot()), ['in.iso', 'out.iso']);
  await t.rejects(undo({ input }), { code: 'ISO_UNDO_NONE' });
});

t.test('a dry run says what an edit then does', async (t) => {
  const applicationUse = encodeMediaCheck({ md5: '0'.repeat(32), fragmentSums: '0'.repeat(60) }, '0');
  for (const [name, spec] of Object.entries({
    plain: {},
    growing: { blocks: 100, littered: LOW_BLOCKS },
    checked: { primary: { applicationUse } },
  })) {
    await t.test(name, async (t) => {
      const place = new Place(t);
      const input = await place.disc('in.iso', spec);
      const before = await place.snapshot();
      const planned = await dryRun(input);
      t.match(planned, { dryRun: true, output: null, undo: null });
      t.strictSame(await place.snapshot(), before, 'nothing is written');
      const done = await injectCopy(input, place.at('out.iso'));
      const differing = await diffRanges(input, place.at('out.iso'));
      t.same(uncovered(differing, done.changes), [], 'the report has every byte that differs');
      const untouched = uncovered([{ offset: 0, length: done.size }], done.changes);
      t.equal(done.bytesChanged, done.size - bytesIn(untouched), 'counted once each');
      t.equal(done.grownBy, (await readFile(place.at('out.iso'))).length - (await readFile(input)).length);
      t.strictSame(planned.changes, done.changes, 'and so has the dry run');
      t.equal(planned.mediaCheck.after === null, done.mediaCheck.after === null, 'and the sum');
    });
  }
});

t.test('outputs that are refused', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso');
  await place.put('there.iso', Uint8Array.of(1));
  const before = await place.snapshot();
  await t.rejects(injectCopy(input, input), { code: 'ISO_USAGE_SAME_FILE' });
  await t.rejects(injectCopy(input, place.at('./in.iso')), { code: 'ISO_USAGE_SAME_FILE' });
  await t.rejects(injectCopy(input, place.at('there.iso')), { code: 'ISO_OUTPUT_EXISTS' });
  t.strictSame(await place.snapshot(), before);
  await inject({ input, target: { kind: 'copy', path: place.at('there.iso'), force: true } });
  t.ok((await inspect(place.at('there.iso'))).boot);
});

t.test('--ensure', async (t) => {
  const place = new Place(t);
  const bootable = await place.bootableDisc('b.iso', { efi: true });
  const before = await place.snapshot();
  const target = { kind: 'in-place' } as const;
  const again = await inject({ input: bootable, target, ensure: true });
  t.match(again, { alreadyDone: true, output: null, changes: [], bytesChanged: 0, grownBy: 0 });
  t.match(again, { boots: { bios: true, uefi: true }, catalog: { lba: CATALOG, placement: 'unchanged' } });
  t.equal(again.entries.length, 2);
  for (const other of [
    { loadSize: 8 },
    { loadSegment: 0x1000 },
    { platformId: 1 },
    { efi: false },
    { bootPath: EFI.path },
    { bootInfoTable: 'yes', bootPath: EFI.path },
  ] as const) {
    const wanted = { code: 'ISO_PLAN_ALREADY_BOOTABLE', offset: 17 * BLOCK_SIZE };
    await t.rejects(
      inject({ input: bootable, target, ensure: true, ...other }),
      wanted,
      JSON.stringify(other),
    );
  }
  await t.rejects(inject({ input: bootable, target }), { code: 'ISO_PLAN_ALREADY_BOOTABLE' }, 'without it');
  t.strictSame(await place.snapshot(), before);

  const stale = await readFile(bootable);
  stale.writeUInt8(1, AT.loader * BLOCK_SIZE + 20);
  const input = await place.put('stale.iso', stale);
  const differs = inject({ input, target, ensure: true });
  await t.rejects(differs, { code: 'ISO_PLAN_ALREADY_BOOTABLE' }, 'a table that is not true');
  const plain = await place.disc('plain.iso');
  t.match(await inject({ input: plain, target, ensure: true }), { alreadyDone: false, output: plain });
});

t.test('--ensure with a loader that was brought in', async (t) => {
  const place = new Place(t);
  const target = { kind: 'in-place' } as const;
  const isEnsured = async (bytes: Uint8Array): Promise<boolean> => {
    const input = await place.disc('in.iso', { bios: false });
    const bootFile = await place.put('loader.bin', bytes);
    await inject({ input, target: { ...target, undo: false }, bootFile });
    return inject({ input, target, bootFile, ensure: true }).then(
      ({ alreadyDone }) => alreadyDone,
      () => false,
    );
  };
  t.equal(await isEnsured(makeLoader()), true, 'with a table');
  t.equal(await isEnsured(plainLoader(3 * BLOCK_SIZE)), true, 'without one');
  t.equal(await isEnsured(plainLoader(LOADER_SIZE)), true, 'without one, not in whole blocks');
  const grub = makeLoader();
  grub.set([0x20, 8], 2558);
  t.equal(await isEnsured(grub), true, "GRUB 2's");
});

t.test('a boot record where no firmware looks', async (t) => {
  const place = new Place(t);
  const good = await readFile(await place.bootableDisc('b.iso'));
  const loader = good.subarray(AT.loader * BLOCK_SIZE).subarray(0, LOADER_SIZE);
  const image = vendorImage({ loader }).bootRecord(CATALOG, 18).catalog(CATALOG, { at: AT.loader });
  const input = await place.put('elsewhere.iso', image.terminator(AT.room).bytes);
  const boots = await inject({ input, target: { kind: 'in-place' }, ensure: true }).then(
    (report) => report.boots.bios,
    () => false,
  );
  t.equal(boots, false, 'is not what was asked for');
});

t.test('--expect', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso');
  const good = parseExpectation(`SHA256:${(await place.digest('in.iso')).toUpperCase()}`);
  const bad = parseExpectation(`md5:${'0'.repeat(32)}`);
  const before = await place.snapshot();
  for (const target of [
    { kind: 'in-place' } as const,
    { kind: 'copy', path: place.at('x.iso'), force: true } as const,
    { kind: 'stream', stream: new Collector() } as const,
  ]) {
    await t.rejects(inject({ input, target, expect: bad }), {
      code: 'ISO_SOURCE_DIGEST',
      wanted: '0'.repeat(32),
    });
  }
  t.strictSame(await place.snapshot(), before);
  t.ok((await injectCopy(input, place.at('out.iso'), { expect: good })).output);
  for (const text of ['', 'sha256', 'sha256:', `sha1:${'0'.repeat(40)}`, `md5:${'g'.repeat(32)}`, 'md5:00']) {
    t.throws(() => parseExpectation(text), { code: 'ISO_USAGE_ARGUMENT' }, text);
  }
});

t.test('cancelled', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso');
  const before = await place.snapshot();
  const signal = AbortSignal.abort();
  const stream = new Collector();
  for (const target of [
    { kind: 'in-place' } as const,
    { kind: 'copy', path: place.at('out.iso'), force: false } as const,
    { kind: 'stream', stream } as const,
  ]) {
    await t.rejects(inject({ input, target, signal }), { code: 'ISO_INTERRUPTED' }, target.kind);
  }
  t.equal(stream.bytes.length, 0);
  t.strictSame(await place.snapshot(), before);
  const controller = new AbortController();
  const checkpoint = (what: string): void => (what === 'new' ? controller.abort() : undefined);
  const late = inject({ input, target: { kind: 'in-place' }, signal: controller.signal, checkpoint });
  await t.rejects(late, { code: 'ISO_INTERRUPTED' }, 'half-way');
  t.strictSame(await place.snapshot(), before, 'is taken back');
});

t.test('an image with an interrupted edit', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso');
  const digest = await place.digest('in.iso');
  await inject({ input, target: { kind: 'in-place' } });
  await setUndoState(`${input}.isoboot-undo`, 'editing');
  const before = await place.snapshot();
  const interrupted = { code: 'ISO_UNDO_INTERRUPTED', found: `${input}.isoboot-undo` };
  for (const options of [{}, { ensure: true }, { dryRun: true }]) {
    await t.rejects(inject({ input, target: { kind: 'in-place' }, ...options }), interrupted);
    await t.rejects(injectCopy(input, place.at('out.iso'), options), interrupted);
    const stream = { kind: 'stream', stream: new Collector() } as const;
    await t.rejects(inject({ input, target: stream, ...options }), interrupted);
  }
  await t.rejects(inject({ input, target: { kind: 'in-place', undo: false } }), interrupted);
  const elsewhere = inject({ input, target: { kind: 'in-place', undo: place.at('other.undo') } });
  await t.rejects(elsewhere, interrupted, 'with another undo file');
  t.strictSame(await place.snapshot(), before);
  t.match(await undo({ input }), { state: 'editing' });
  t.equal(await place.digest('in.iso'), digest);
  t.match(await inject({ input, target: { kind: 'in-place', undo: false } }), { output: input, undo: null });
});

t.test('the boot file by its name in another tree is no other name of it', async (t) => {
  const place = new Place(t);
  const FOLDER = 40;
  const joliet = { name: 'isolinux', at: FOLDER, length: BLOCK_SIZE, directory: true };
  const wide = (name: string): string => Array.from(name, (character) => `\0${character}`).join('');
  const file = { at: AT.loader, length: LOADER_SIZE };
  const warningsWith = async (name: string): Promise<readonly string[]> => {
    const image = vendorImage({ joliet: [joliet] }).directory(FOLDER, [
      ...dots(FOLDER, AT.jolietRoot),
      record({ ...file, name: wide(name) }),
    ]);
    const input = await place.put('in.iso', image.bytes);
    return (await dryRun(input)).warnings;
  };
  t.same(await warningsWith('isolinux.bin'), []);
  t.match(await warningsWith('copy.bin'), [/\/isolinux\/copy\.bin$/]);
});
