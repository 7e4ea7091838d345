/** Real images by others: each is injected, or refused with the code that the table names. */
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { IsoError } from '../../src/errors.js';
import { inject } from '../../src/job/inject.js';
import { undo } from '../../src/job/undo.js';
import { fileDigest } from '../kit/digest.js';
import { corpusImages, type CorpusImage } from '../kit/corpus.js';
import { checkBootRecord, checkSame, observe, OBSERVER_TOOLS } from '../kit/same-image.js';
import { DigestStream } from '../kit/stream-sink.js';
import { needTools, hasTool } from '../kit/tools.js';
import { CORPUS_OUTCOMES } from './corpus-outcomes.js';

const LOADER = new URL('../../samples/loader/strict-loader.bin', import.meta.url).pathname;
const LIMIT_MS = 10_000;

/** Malformed images on which some programs never come to an end, and what these are not asked for that reason. */
const ENDLESS: Readonly<Record<string, readonly string[]>> = {
  'libarchive+libarchive__test_fuzz_1.iso': ['pycdlib iso'],
  'libarchive+libarchive__test_read_format_iso_rockridge_ce_loop.iso': [
    'bsdtar',
    'bsdtar contents',
    'xorriso',
  ],
};

/** What the work promises by itself: all sound images that are stored as plain blocks. */
function isWellFormed({ facts }: CorpusImage): boolean {
  return (
    facts['class']?.split(',')[0] === 'non-bootable' &&
    facts['format'] === 'cooked2048' &&
    facts['malformed'] === 'no'
  );
}

t.test('the corpus', async (t) => {
  const images = await corpusImages(t);
  if (images.length === 0) {
    return;
  }
  t.test('the table names every image, and the well-formed ones are all injected', async (t) => {
    t.strictSame(Object.keys(CORPUS_OUTCOMES).sort(), images.map(({ name }) => name).sort());
    const wellFormed = images.filter(isWellFormed);
    t.equal(wellFormed.length, 56);
    t.strictSame(
      wellFormed.filter(({ name }) => CORPUS_OUTCOMES[name] !== 'injected').map(({ name }) => name),
      [],
    );
  });
  needTools(t, ...OBSERVER_TOOLS);
  for (const image of images) {
    const outcome = CORPUS_OUTCOMES[image.name];
    t.test(`${image.name}: ${outcome}`, (t) =>
      outcome === 'injected' ? checkInjected(t, image) : checkRefused(t, image, outcome),
    );
  }
});

async function checkRefused(t: Test, { path }: CorpusImage, code: string | undefined): Promise<void> {
  const output = join(t.testdir({}), 'out.iso');
  const started = performance.now();
  const outcome = await inject({
    input: path,
    target: { kind: 'copy', path: output, force: false },
    bootFile: LOADER,
  }).then(
    () => 'injected',
    (error: unknown) => (error instanceof IsoError ? error.code : String(error)),
  );
  t.equal(outcome, code);
  t.ok(performance.now() - started < LIMIT_MS, 'soon');
}

async function checkInjected(t: Test, image: CorpusImage): Promise<void> {
  const folder = t.testdir({});
  const output = join(folder, 'copy.iso');
  const started = performance.now();
  await inject({
    input: image.path,
    target: { kind: 'copy', path: output, force: false },
    bootFile: LOADER,
  });
  t.ok(performance.now() - started < LIMIT_MS, 'soon');
  await checkSinks(t, image.path, output, folder);
  if (OBSERVER_TOOLS.every(hasTool)) {
    const masks = { endless: ENDLESS[image.name] ?? [] };
    const before = await observe(image.path, masks);
    const incomparable = checkSame(t, before, await observe(output, masks, before));
    t.comment(`${incomparable} of ${before.size} answers could not be had before`);
    await checkBootRecord(t, output, masks);
  }
}

/** In place and to a stream come the same bytes as in a copy; undo gives the original back. */
async function checkSinks(t: Test, input: string, copy: string, folder: string): Promise<void> {
  const wanted = await fileDigest(copy);
  const stream = new DigestStream();
  await inject({ input, target: { kind: 'stream', stream }, bootFile: LOADER });
  t.equal(stream.digest(), wanted, 'the stream gives the same bytes');
  await mkdir(join(folder, 'place'));
  const edited = join(folder, 'place', 'image.iso');
  await copyFile(input, edited);
  const report = await inject({ input: edited, target: { kind: 'in-place' }, bootFile: LOADER });
  t.equal(await fileDigest(edited), wanted, 'in place gives the same bytes');
  t.equal((await stat(edited)).size, report.size);
  await undo({ input: edited });
  t.equal(await fileDigest(edited), await fileDigest(input), 'undo gives the original back');
}
