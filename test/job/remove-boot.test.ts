/** The removal as a job: where the result goes, what is refused, and what the report says. */
import { readFile, writeFile } from 'node:fs/promises';
import t from 'tap';
import { IsoError } from '../../src/errors.js';
import { parseExpectation } from '../../src/job/expectation.js';
import { inject } from '../../src/job/inject.js';
import { inspect } from '../../src/job/inspect.js';
import { removeBoot, type RemoveBootOptions, type RemoveBootReport } from '../../src/job/remove-boot.js';
import { undo } from '../../src/job/undo.js';
import { sha256 } from '../kit/digest.js';
import { hex } from '../kit/golden.js';
import { AT, LOW_BLOCKS, makeLoader } from '../plan/planning.js';
import { Collector, discBytes, Place } from './place.js';

const [CATALOG] = LOW_BLOCKS;
const BLOCK = 2048;

async function removeCopy(
  input: string,
  output: string,
  options: Partial<RemoveBootOptions> = {},
): Promise<RemoveBootReport> {
  return removeBoot({ input, target: { kind: 'copy', path: output, force: false }, ...options });
}

t.test('a copy, a stream, and an edit in place that is taken back', async (t) => {
  const place = new Place(t);
  const input = await place.bootableDisc('in.iso');
  const digest = await place.digest('in.iso');
  const copied = await removeCopy(input, place.at('out.iso'));
  t.match(copied, {
    schema: 'isoboot.remove-boot/1',
    input,
    output: place.at('out.iso'),
    mode: 'copy',
    dryRun: false,
    records: [{ lba: 17 }],
    catalog: { lba: CATALOG, path: null, fate: 'blanked' },
    entries: [{ index: 1, platform: 'x86', lba: AT.loader, path: '/ISOLINUX/ISOLINUX.BIN', fate: 'left' }],
    shrunkBy: 0,
    mediaCheck: { before: null, after: null },
    warnings: [],
    undo: null,
  });
  t.equal(await place.digest('in.iso'), digest, 'the input is only read');
  t.equal((await inspect(place.at('out.iso'))).boot, null);

  const stream = new Collector();
  const streamed = await removeBoot({ input, target: { kind: 'stream', stream, digest: true } });
  t.equal(sha256(stream.bytes), await place.digest('out.iso'));
  t.match(streamed, { mode: 'stream', output: '-', sha256: await place.digest('out.iso') });

  const planned = await removeBoot({ input, target: { kind: 'in-place' }, dryRun: true });
  t.match(planned, { dryRun: true, output: null, undo: null });
  t.equal(await place.digest('in.iso'), digest, 'a dry run writes nothing');
  const edited = await removeBoot({ input, target: { kind: 'in-place' } });
  t.match(edited, { mode: 'in-place', output: input, undo: `${input}.isoboot-undo` });
  t.strictSame([edited.changes, planned.changes], [copied.changes, copied.changes]);
  t.equal(await place.digest('in.iso'), await place.digest('out.iso'));
  await undo({ input });
  t.equal(await place.digest('in.iso'), digest);
});

t.test('an image that becomes shorter, by every road and back', async (t) => {
  const place = new Place(t);
  const bootFile = await place.put('loader.bin', makeLoader(200 * BLOCK + 3));
  const original = sha256(discBytes());
  const input = await place.bootableDisc('in.iso', { bootFile });
  const digest = await place.digest('in.iso');
  const copied = await removeCopy(input, place.at('out.iso'));
  t.equal(await place.digest('out.iso'), original, 'all that came is gone');
  t.equal(copied.shrunkBy, (201 + 273) * BLOCK, 'the loader, and as much padding as there was');
  t.match(copied.entries, [{ path: null, fate: 'cut-off' }]);
  const stream = new Collector();
  await removeBoot({ input, target: { kind: 'stream', stream } });
  t.equal(sha256(stream.bytes), original);
  await removeBoot({ input, target: { kind: 'in-place' } });
  t.equal(await place.digest('in.iso'), original);
  const undone = await undo({ input });
  t.equal(undone.sizeAfter - undone.sizeBefore, copied.shrunkBy);
  t.equal(await place.digest('in.iso'), digest);
});

t.test('a failed edit in place gives the longer image back', async (t) => {
  const place = new Place(t);
  const bootFile = await place.put('loader.bin', makeLoader(200 * BLOCK));
  const input = await place.bootableDisc('in.iso', { bootFile });
  const before = await place.snapshot();
  for (const when of ['pointers', 'descriptors at', 'blank', 'new size']) {
    const checkpoint = (what: string): void => {
      if (what.startsWith(when)) {
        throw new Error('made to fail');
      }
    };
    await t.rejects(removeBoot({ input, target: { kind: 'in-place' }, checkpoint }), IsoError, when);
    t.strictSame(await place.snapshot(), before, `${when}: as it was`);
  }
});

t.test('a media check is kept true, and checked before where a digest is given', async (t) => {
  const place = new Place(t);
  const plain = await place.disc('plain.iso');
  const target = { kind: 'copy', path: place.at('checked.iso'), force: false } as const;
  const { mediaCheck } = await inject({ input: plain, target, mediaCheck: 'add' });
  const input = place.at('checked.iso');
  const kept = await removeCopy(input, place.at('kept.iso'));
  t.equal(kept.mediaCheck.before, mediaCheck.after);
  t.match(kept.mediaCheck.after, /^[0-9a-f]{32}$/);
  t.not(kept.mediaCheck.after, kept.mediaCheck.before);
  const again = await inject({
    input: place.at('kept.iso'),
    target: { ...target, path: place.at('again.iso') },
  });
  t.equal(again.mediaCheck.after, mediaCheck.after, 'the same image has the same sum');
  const stripped = await removeCopy(input, place.at('stripped.iso'), { mediaCheck: 'strip' });
  t.equal(stripped.mediaCheck.after, null);
  const expect = parseExpectation(`md5:${'0'.repeat(32)}`);
  await t.rejects(removeCopy(input, place.at('x.iso'), { expect }), { code: 'ISO_SOURCE_DIGEST' });
  await t.rejects(removeCopy(input, input), { code: 'ISO_USAGE_SAME_FILE' });
  await t.rejects(removeCopy(input, place.at('kept.iso')), { code: 'ISO_OUTPUT_EXISTS' });
});

t.test('what cannot be done, and what is said as a warning', async (t) => {
  const place = new Place(t);
  const plain = await place.disc('plain.iso');
  await t.rejects(removeCopy(plain, place.at('x.iso')), { code: 'ISO_BOOT_NONE', exitCode: 4 });
  t.match(Object.keys(await place.snapshot()), ['plain.iso']);

  const input = await place.bootableDisc('hybrid.iso');
  const bytes = await readFile(input);
  bytes.fill(0x90, 0, 432);
  bytes.writeUInt32LE(AT.loader * 4, 432);
  bytes.set(hex('55aa'), 510);
  await writeFile(input, bytes);
  const { warnings } = await removeCopy(input, place.at('out.iso'));
  t.equal(warnings.length, 1, 'the master boot record loads it still');

  bytes.writeUInt32LE(90_000, 17 * BLOCK + 71);
  await writeFile(input, bytes);
  const broken = await removeCopy(input, place.at('mended.iso'));
  t.match(broken, { catalog: null, entries: [], records: [{ lba: 17 }] });
});
