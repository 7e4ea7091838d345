/** Implanting a media check and taking it out, as a job: where it goes, what is refused, what is reported. */
import { readFile } from 'node:fs/promises';
import t from 'tap';
import { inject } from '../../src/job/inject.js';
import { inspect } from '../../src/job/inspect.js';
import {
  editMediaCheck,
  type MediaCheckEditOptions,
  type MediaCheckEditReport,
} from '../../src/job/media-check-edit.js';
import { removeBoot } from '../../src/job/remove-boot.js';
import { undo } from '../../src/job/undo.js';
import { blankMediaCheck, encodeMediaCheck, MEDIA_CHECK_RANGE } from '../../src/layout/media-check.js';
import { diffRanges, sha256, uncovered } from '../kit/digest.js';
import { ascii } from '../kit/golden.js';
import { sizeOf } from '../plan/planning.js';
import { Collector, injectCopy, Place, type DiscSpec } from './place.js';

const BLOCK = 2048;
const FIELD = 16 * BLOCK + MEDIA_CHECK_RANGE.offset;

const SUSE = `check=1;pad=150;sha256sum=${'5a'.repeat(32)};partition=10432,9135936,${'6b'.repeat(32)};signature=20864`;

function withField(text: string, more: object = {}): DiscSpec {
  return { primary: { applicationUse: ascii(text.padEnd(512)), ...more } };
}

async function edit(
  action: MediaCheckEditOptions['action'],
  input: string,
  output: string,
  options: Partial<MediaCheckEditOptions> = {},
): Promise<MediaCheckEditReport> {
  return editMediaCheck({ action, input, target: { kind: 'copy', path: output, force: false }, ...options });
}

t.test('implanted by every road, and taken out again', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso', { blocks: 400, primary: { applicationUse: blankMediaCheck() } });
  const original = await place.digest('in.iso');
  const copied = await edit('implant', input, place.at('out.iso'));
  t.match(copied, {
    schema: 'isoboot.media-check-edit/1',
    mode: 'copy',
    action: 'implant',
    replaced: null,
    mediaCheck: { before: null, after: /^[0-9a-f]{32}$/ },
    coveredBytes: 385 * BLOCK,
    rhlIsoStatus: '0',
    bytesChanged: 512,
    size: 400 * BLOCK,
    undo: null,
    warnings: [],
  });
  t.equal(await place.digest('in.iso'), original, 'the input is only read');
  t.equal((await inspect(place.at('out.iso'))).mediaCheck?.md5, copied.mediaCheck.after);

  const stream = new Collector();
  await editMediaCheck({ action: 'implant', input, target: { kind: 'stream', stream } });
  t.equal(sha256(stream.bytes), await place.digest('out.iso'));
  const planned = await edit('implant', input, '', { target: { kind: 'in-place' }, dryRun: true });
  t.match(planned, { dryRun: true, output: null, mediaCheck: copied.mediaCheck, changes: copied.changes });
  t.equal(await place.digest('in.iso'), original, 'a dry run writes nothing');
  const edited = await edit('implant', input, '', { target: { kind: 'in-place' } });
  t.match(edited, { mode: 'in-place', undo: `${input}.isoboot-undo` });
  t.equal(await place.digest('in.iso'), await place.digest('out.iso'));
  await undo({ input });
  t.equal(await place.digest('in.iso'), original);

  const stripped = await edit('strip', place.at('out.iso'), place.at('bare.iso'));
  t.match(stripped, { replaced: 'isomd5sum', mediaCheck: { after: null }, coveredBytes: null });
  t.equal(await place.digest('bare.iso'), original);
  t.same(stripped.changes, [
    { offset: FIELD, length: 512, phase: 'pointers', what: stripped.changes[0]?.what },
  ]);
  const differing = await diffRanges(place.at('out.iso'), place.at('bare.iso'));
  t.same(uncovered(differing, [{ offset: FIELD, length: 512 }]), [], 'nothing else');
});

t.test('a media check that is there', async (t) => {
  const place = new Place(t);
  const old = { md5: 'f'.repeat(32), fragmentSums: '123'.repeat(20) };
  const input = await place.disc('in.iso', { primary: { applicationUse: encodeMediaCheck(old, '1') } });
  const implant = edit('implant', input, place.at('no.iso'));
  await t.rejects(implant, { code: 'ISO_MEDIA_CHECK_EXISTS', offset: FIELD, found: old.md5 });
  const forced = await edit('implant', input, place.at('new.iso'), { force: true });
  t.match(forced, { replaced: 'isomd5sum', rhlIsoStatus: '1', mediaCheck: { before: old.md5 } });
  t.not(forced.mediaCheck.after, old.md5);
  const long = encodeMediaCheck(old, '1'.repeat(100)).subarray(0, 512);
  const longStatus = await place.disc('long.iso', { primary: { applicationUse: long } });
  t.match(await edit('implant', longStatus, place.at('short.iso'), { force: true }), { rhlIsoStatus: '0' });
});

t.test('a field that holds something else', async (t) => {
  const place = new Place(t);
  const suse = await place.disc('suse.iso', withField(SUSE));
  const other = await place.disc('other.iso', withField('the words of some other program'));
  for (const [input, replaced] of [
    [suse, 'suse'],
    [other, 'other'],
  ] as const) {
    for (const action of ['implant', 'strip'] as const) {
      const output = place.at(`${replaced}-${action}.iso`);
      await t.rejects(edit(action, input, output), { code: 'ISO_MEDIA_CHECK_FIELD', offset: FIELD });
      t.match(await edit(action, input, output, { force: true }), { replaced });
    }
  }
  t.match((await inspect(suse)).suseDigest, { algorithm: 'sha256', digest: '5a'.repeat(32), padBlocks: 150 });
  t.equal((await inspect(suse)).mediaCheck, null);
  t.equal((await inspect(other)).suseDigest, null);
  const blank = await place.disc('blank.iso', withField(''));
  for (const force of [false, true]) {
    const strip = edit('strip', blank, place.at('no.iso'), { force });
    await t.rejects(strip, { code: 'ISO_MEDIA_CHECK_NONE', offset: FIELD });
  }
});

t.test("SUSE's digest when the image becomes bootable, or stops being so", async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso', withField(SUSE));
  const field = (path: string): Promise<string> =>
    readFile(path).then((bytes) => bytes.toString('latin1', FIELD, FIELD + 512).trim());
  const kept = await injectCopy(input, place.at('kept.iso'));
  t.equal(kept.warnings.filter((text) => text.includes('sha256')).length, 1, 'it is said that it is stale');
  t.equal(await field(place.at('kept.iso')), SUSE);
  for (const mediaCheck of ['add', 'strip'] as const) {
    const output = place.at(`${mediaCheck}.iso`);
    const refused = injectCopy(input, output, { mediaCheck });
    await t.rejects(refused, { code: 'ISO_MEDIA_CHECK_FIELD', offset: FIELD });
    const forced = await injectCopy(input, output, { mediaCheck, force: true });
    t.equal(forced.mediaCheck.after === null, mediaCheck === 'strip');
    t.equal((await inspect(output)).suseDigest, null);
  }
  const target = { kind: 'copy', path: place.at('noboot.iso'), force: false } as const;
  const strip = { input: place.at('kept.iso'), target, mediaCheck: 'strip' } as const;
  await t.rejects(removeBoot(strip), { code: 'ISO_MEDIA_CHECK_FIELD' });
  const removed = await removeBoot({ ...strip, mediaCheck: 'keep' });
  t.equal(removed.warnings.filter((text) => text.includes('sha256')).length, 1);
  t.equal(await field(place.at('noboot.iso')), SUSE);
});

t.test('what no sum can be put into', async (t) => {
  const place = new Place(t);
  const refused = async (name: string, spec: DiscSpec, code: string): Promise<void> => {
    const input = await place.disc(`${name}.iso`, spec);
    const before = await place.digest(`${name}.iso`);
    await t.rejects(edit('implant', input, '', { target: { kind: 'in-place' } }), { code }, name);
    t.equal(await place.digest(`${name}.iso`), before);
  };
  const volumeSpaceSize = { littleEndian: 300, bigEndian: 299 };
  await refused('halves', { primary: { volumeSpaceSize } }, 'ISO_VOLUME_BYTE_ORDER');
  await refused('nothing', { primary: sizeOf(15) }, 'ISO_MEDIA_CHECK_FIELD');
  await refused('short', { primary: sizeOf(316) }, 'ISO_MEDIA_CHECK_FIELD');
  const logicalBlockSize = { littleEndian: 1024, bigEndian: 1024 };
  await refused('blocks', { primary: { logicalBlockSize } }, 'ISO_VOLUME_BLOCK_SIZE');

  const padless = await place.disc('padless.iso', { primary: sizeOf(315) });
  const report = await edit('implant', padless, place.at('padless-out.iso'));
  t.equal(report.warnings.length, 2, 'missing padding is said, and that it is small');
  t.match(report, { coveredBytes: 300 * BLOCK });
});

t.test('an output that is there, and the image itself', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso');
  await place.put('out.iso', ascii('kept'));
  await t.rejects(edit('implant', input, place.at('out.iso')), { code: 'ISO_OUTPUT_EXISTS' });
  await t.rejects(edit('implant', input, input), { code: 'ISO_USAGE_SAME_FILE' });
  const expect = { algorithm: 'md5', digest: '0'.repeat(32) } as const;
  await t.rejects(edit('implant', input, place.at('x.iso'), { expect }), { code: 'ISO_SOURCE_DIGEST' });
  await inject({ input, target: { kind: 'in-place', undo: false } });
  const again = await edit('implant', input, place.at('bootable.iso'));
  t.match((await inspect(place.at('bootable.iso'))).mediaCheck, { md5: again.mediaCheck.after });
});
