/** Images that share their disc, made bootable: other programs find the same HFS volume there as before. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { inject } from '../../src/job/inject.js';
import { inspect } from '../../src/job/inspect.js';
import { corpusImages } from '../kit/corpus.js';
import { sha256 } from '../kit/digest.js';
import { needTools, run, runOk } from '../kit/tools.js';
import { makeLoader } from '../plan/planning.js';
import { Place } from '../job/place.js';

/** What hfsutils list, and the content of the files in the volume's root; nothing for a volume that they do not take. */
async function hfsReading(home: string, image: string): Promise<string[] | undefined> {
  // They keep what is mounted in a file of the home folder.
  const env = { HOME: home };
  if ((await run('hmount', [image], { env })).code !== 0) {
    return undefined;
  }
  const listed = await runOk('hls', ['-1', '-R', '-i', '-l'], { env });
  const lines = listed.toString('latin1').split('\n');
  const names = (await runOk('hls', ['-1', '-F'], { env })).toString('latin1').split('\n');
  for (const name of names.filter((each) => /^[\w.]+$/.test(each))) {
    const content = await runOk('hcopy', ['-r', `:${name}`, '-'], { env });
    lines.push(`${name} ${sha256(content)}`);
  }
  await run('humount', [], { env });
  return lines;
}

async function sameAfter(t: Test, place: Place, input: string, what: string): Promise<boolean> {
  const before = await hfsReading(place.folder, input);
  const bootFile = await place.put('loader.bin', makeLoader(30_000));
  const output = place.at('out.iso');
  await inject({ input, bootFile, target: { kind: 'copy', path: output, force: true } });
  t.same(await hfsReading(place.folder, output), before, what);
  const report = await inspect(output);
  t.equal(report.boot?.sound, true, what);
  t.equal(report.extensions.hfs, true, what);
  return before !== undefined;
}

t.test("genisoimage's hybrids", async (t) => {
  if (!needTools(t, 'genisoimage', 'hfsutils')) {
    return;
  }
  const place = new Place(t);
  const tree = t.testdir({ tree: { 'a.txt': 'a', 'b.txt': 'b'.repeat(9000), folder: { 'c.txt': 'c' } } });
  for (const options of [['-hfs'], ['-hfs', '-part'], ['-hfs', '-R', '-J']]) {
    const input = join(tree, 'in.iso');
    await runOk('genisoimage', ['-quiet', ...options, '-o', input, join(tree, 'tree')]);
    t.equal(await sameAfter(t, place, input, options.join(' ')), true, 'hfsutils read it');
  }
});

t.test("the corpus's hybrids", async (t) => {
  if (!needTools(t, 'hfsutils')) {
    return;
  }
  const images = await corpusImages(t);
  const place = new Place(t);
  const isHybrid = (facts: Readonly<Record<string, string>>): boolean =>
    facts['class']?.includes('mac-hybrid') === true && facts['can_insert_br_at_17_by_shift'] === 'yes';
  for (const { name, path } of images.filter(({ facts }) => isHybrid(facts))) {
    const input = await place.put('in.iso', new Uint8Array(await readFile(path)));
    await sameAfter(t, place, input, name);
  }
});

t.test('what is said of a second descriptor set', async (t) => {
  if (!needTools(t, 'xorriso')) {
    return;
  }
  const place = new Place(t);
  const tree = t.testdir({ tree: { 'a.txt': 'a' } });
  const input = join(tree, 'in.iso');
  await runOk('xorriso', ['-dev', `stdio:${input}`, '-map', join(tree, 'tree'), '/', '-commit']);
  const bootFile = await place.put('loader.bin', makeLoader());
  const report = await inject({
    input,
    bootFile,
    dryRun: true,
    target: { kind: 'copy', path: place.at('o'), force: false },
  });
  t.match(report.warnings, [/block 48/]);
});
