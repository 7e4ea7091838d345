/** Open, plan, look, apply: the jobs in their parts, as a program uses them. */
import { readFile, rename, utimes } from 'node:fs/promises';
import t from 'tap';
import { apply } from '../../src/job/apply.js';
import type { ApplyOptions } from '../../src/job/edit-options.js';
import { inject } from '../../src/job/inject.js';
import { planInject } from '../../src/job/inject-plan.js';
import { editMediaCheck, planEditMediaCheck } from '../../src/job/media-check-edit.js';
import { openImage } from '../../src/job/open-image.js';
import { planRemoveBoot, removeBoot } from '../../src/job/remove-boot.js';
import { undo } from '../../src/job/undo.js';
import { FileSource } from '../../src/source/file-source.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { sha256 } from '../kit/digest.js';
import { AT, makeLoader } from '../plan/planning.js';
import { Collector, discBytes, injectCopy, Place } from './place.js';

const LOADER = '/ISOLINUX/ISOLINUX.BIN';

const toCopy = (path: string): ApplyOptions => ({ target: { kind: 'copy', path, force: false } });

t.test('one plan, looked at and applied to every target', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso');
  const digest = await place.digest('in.iso');
  const report = await injectCopy(input, place.at('wanted.iso'));
  const wanted = await place.digest('wanted.iso');

  const image = await openImage(input);
  t.match(image, { name: input, path: input, warnings: [], model: { volumeIdentifier: 'BUILT' } });
  const plan = await planInject(image, { bootPath: LOADER });
  t.equal(plan.alreadyDone, false);
  t.equal(plan.list.patches.length, report.changes.length);
  t.equal(plan.injection?.entries[0]?.lba, AT.loader);
  t.equal(await place.digest('in.iso'), digest, 'nothing is written');

  const copied = await apply(plan, toCopy(place.at('out.iso')));
  t.strictSame(copied, { ...report, output: place.at('out.iso') }, 'the report of the job');
  t.equal(await place.digest('out.iso'), wanted);
  const stream = new Collector();
  t.match(await apply(plan, { target: { kind: 'stream', stream } }), { mode: 'stream', output: '-' });
  t.equal(sha256(stream.bytes), wanted);
  const dry = await apply(plan, { target: { kind: 'in-place' }, dryRun: true });
  t.match(dry, { dryRun: true, output: null, undo: null, changes: report.changes });
  t.equal(await place.digest('in.iso'), digest);
  const edited = await apply(plan, { target: { kind: 'in-place' } });
  t.match(edited, { mode: 'in-place', output: input, undo: `${input}.isoboot-undo` });
  t.equal(await place.digest('in.iso'), wanted);
  await t.rejects(apply(plan, toCopy(place.at('late.iso'))), { code: 'ISO_SOURCE_CHANGED' });
  await image.close();
  await undo({ input });
  t.equal(await place.digest('in.iso'), digest);
  t.strictSame(Object.keys(await place.snapshot()), ['in.iso', 'out.iso', 'wanted.iso']);
});

t.test('an image that is another one by now is refused, wherever the result was to go', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso');
  const image = await openImage(input);
  t.teardown(() => image.close());
  const plan = await planInject(image);
  const targets = [
    toCopy(place.at('out.iso')),
    { target: { kind: 'in-place' } },
    { target: { kind: 'stream', stream: new Collector() } },
  ] as const;
  const refused = async (what: string): Promise<void> => {
    const before = await place.snapshot();
    for (const options of targets) {
      const why = `${what}: ${options.target.kind}`;
      await t.rejects(apply(plan, options), { code: 'ISO_SOURCE_CHANGED' }, why);
    }
    t.strictSame(await place.snapshot(), before, 'nothing is written');
  };
  await utimes(input, 1, 1);
  await refused('touched');
  await place.disc('other.iso', { record: { name: 'OTHER.BIN;1' } });
  await rename(place.at('other.iso'), input);
  await refused('replaced');
});

t.test('bytes of a source that are other than they were', async (t) => {
  const bytes = discBytes();
  const image = await openImage(new MemorySource(bytes));
  const plan = await planInject(image);
  const last = plan.list.patches.at(-1);
  bytes[last?.offset ?? 0] = 0xee;
  const stream = new Collector();
  const changed = { code: 'ISO_SOURCE_CHANGED', offset: last?.offset ?? -1 };
  await t.rejects(apply(plan, { target: { kind: 'stream', stream } }), changed);
  t.equal(stream.bytes.length, 0);
  await t.rejects(apply(plan, toCopy(new Place(t).at('out.iso'))), changed);
});

t.test('any source of bytes will do', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso');
  const report = await injectCopy(input, place.at('wanted.iso'));
  const wanted = await place.digest('wanted.iso');
  const image = await openImage(new MemorySource(discBytes()), { name: '-' });
  t.equal(image.path, undefined);
  const plan = await planInject(image);
  const copied = await apply(plan, toCopy(place.at('out.iso')));
  t.strictSame(copied, { ...report, input: '-', output: place.at('out.iso') });
  t.equal(await place.digest('out.iso'), wanted);
  await t.rejects(apply(plan, { target: { kind: 'in-place' } }), { code: 'ISO_USAGE_ARGUMENT' });
  const stream = new Collector();
  const source = new MemorySource(discBytes(), 'bytes');
  const streamed = await inject({ input: source, target: { kind: 'stream', stream, digest: true } });
  t.match(streamed, { input: 'bytes', sha256: wanted });
  const expect = { algorithm: 'sha256', digest: '0'.repeat(64) } as const;
  const digest = { code: 'ISO_SOURCE_DIGEST', found: sha256(discBytes()) };
  await t.rejects(apply(plan, { target: { kind: 'stream', stream }, expect }), digest);
});

t.test('a media check in an image that is in memory', async (t) => {
  const place = new Place(t);
  const target = { kind: 'copy', path: place.at('out.iso'), force: false } as const;
  const report = await inject({ input: new MemorySource(discBytes()), target, mediaCheck: 'add' });
  const input = await place.disc('in.iso');
  const wanted = await injectCopy(input, place.at('wanted.iso'), { mediaCheck: 'add' });
  t.strictSame(report.mediaCheck, wanted.mediaCheck);
  t.equal(await place.digest('out.iso'), await place.digest('wanted.iso'));
});

t.test('what a plan holds open is closed with it, or with its image', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso');
  const bootFile = await place.put('loader.bin', makeLoader(5000));
  const closed = { code: 'ISO_SOURCE_IO' };
  const given = await FileSource.open(input);
  for (const by of ['plan', 'image'] as const) {
    const image = await openImage(given);
    const plan = await planInject(image, { bootFile });
    const [source = given] = [...plan.sources.values()];
    t.equal((await source.read(0, 4)).length, 4);
    await apply(plan, { ...toCopy(place.at('out.iso')), dryRun: true });
    await (by === 'plan' ? plan : image).close();
    await t.rejects(source.read(0, 4), closed, `by its ${by}`);
    await image.close();
    t.equal((await given.read(0, 4)).length, 4, 'a source that was given stays open');
  }
  await given.close();
  const image = await openImage(input);
  const { source } = image;
  await image[Symbol.asyncDispose]();
  await t.rejects(source.read(0, 4), closed, 'a file that was opened is closed');
});

t.test('an image that boots as wanted already', async (t) => {
  const place = new Place(t);
  const input = await place.bootableDisc('in.iso');
  const image = await openImage(input);
  t.teardown(() => image.close());
  await t.rejects(planInject(image), { code: 'ISO_PLAN_ALREADY_BOOTABLE' });
  const plan = await planInject(image, { ensure: true });
  t.match(plan, { alreadyDone: true, list: { patches: [] }, injection: undefined });
  const report = await apply(plan, toCopy(place.at('out.iso')));
  t.match(report, { alreadyDone: true, output: null, input });
  t.notOk((await place.snapshot())['out.iso']);
});

t.test('the other edits in their parts', async (t) => {
  const place = new Place(t);
  const input = await place.bootableDisc('in.iso');
  const image = await openImage(input);
  t.teardown(() => image.close());
  const target = { kind: 'copy', path: place.at('wanted.iso'), force: true } as const;

  const removed = await removeBoot({ input, target });
  const removal = await planRemoveBoot(image);
  t.strictSame(removal.removal.records, [17]);
  const report = await apply(removal, toCopy(place.at('removed.iso')));
  t.strictSame(report, { ...removed, output: place.at('removed.iso') });
  t.equal(await place.digest('removed.iso'), await place.digest('wanted.iso'));

  const implanted = await editMediaCheck({ input, target, action: 'implant' });
  const plan = await planEditMediaCheck(image, { action: 'implant' });
  const edited = await apply(plan, toCopy(place.at('implanted.iso')));
  t.strictSame(edited, { ...implanted, output: place.at('implanted.iso') });
  t.ok((await readFile(place.at('implanted.iso'))).equals(await readFile(place.at('wanted.iso'))));
});
