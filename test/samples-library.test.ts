/** The samples of the library do what they say, on the sample image. */
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { run } from './kit/tools.js';

const sample = (name: string): string => fileURLToPath(new URL(`../samples/${name}`, import.meta.url));
const RECOVERY = sample('recovery.iso');

/** The lines that a sample prints; it has to end well and say nothing else. */
async function linesOf(t: Test, name: string, ...args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run(process.execPath, [sample(`library/${name}.js`), ...args]);
  t.equal(code, 0, 'exit code', { stderr });
  t.equal(stderr, '');
  return stdout.toString().trimEnd().split('\n');
}

const sha256 = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

/** Makes the sample image bootable, by a sample. */
async function makeBootable(t: Test, out: string): Promise<void> {
  await linesOf(t, 'inject', RECOVERY, out);
}

t.test('every sample is run here', async (t) => {
  const ours = ['abort', 'batch', 'in-place', 'inject', 'inspect', 'plan', 'stream'];
  t.strictSame(
    (await readdir(sample('library'))).sort(),
    ours.map((name) => `${name}.js`),
  );
});

t.test('inspect', async (t) => {
  const lines = await linesOf(t, 'inspect', RECOVERY);
  t.match(lines[0], /^RECOVERY_1: \d+ files, not bootable$/);
  t.match(lines[1], /^primary tree: \d+ directories$/);
  t.match(lines[2], /^joliet tree: \d+ directories$/);
});

t.test('inject', async (t) => {
  const out = join(t.testdir({}), 'out.iso');
  const lines = await linesOf(t, 'inject', RECOVERY, out);
  t.match(lines.at(-1), /^entry 1: \S+, boot info table valid$/);
});

t.test('plan', async (t) => {
  const folder = t.testdir({});
  const out = join(folder, 'planned.iso');
  await makeBootable(t, join(folder, 'wanted.iso'));
  const lines = await linesOf(t, 'plan', RECOVERY, out);
  t.match(lines[0], /^new: \d+ \+\d+ {2}/);
  t.match(lines.at(-2), /^boot-record: 34816 \+2048 {2}El Torito boot record$/, 'last of all');
  t.match(lines.at(-1), new RegExp(`^boots \\S+, \\d+ bytes written to ${out}$`));
  t.equal(await sha256(out), await sha256(join(folder, 'wanted.iso')));
});

t.test('in-place', async (t) => {
  const folder = t.testdir({});
  const image = join(folder, 'image.iso');
  await copyFile(RECOVERY, image);
  const [edited, boots, back, boots2] = await linesOf(t, 'in-place', image);
  t.equal(edited, `edited, with the old bytes in ${image}.isoboot-undo`);
  t.match(back, /^\d+ bytes put back$/);
  t.strictSame([boots, boots2], ['bootable', 'not bootable']);
  t.equal(await sha256(image), await sha256(RECOVERY));
  t.strictSame(await readdir(folder), ['image.iso']);
});

t.test('stream', async (t) => {
  const folder = t.testdir({});
  const out = join(folder, 'out.iso.gz');
  await makeBootable(t, join(folder, 'wanted.iso'));
  const wanted = await sha256(join(folder, 'wanted.iso'));
  t.strictSame(await linesOf(t, 'stream', RECOVERY, out), [`sha256 of the image: ${wanted}`]);
  t.equal(
    createHash('sha256')
      .update(gunzipSync(await readFile(out)))
      .digest('hex'),
    wanted,
  );
});

t.test('batch', async (t) => {
  const folder = t.testdir({ shelf: {} });
  await copyFile(RECOVERY, join(folder, 'shelf/a.iso'));
  await makeBootable(t, join(folder, 'shelf/b.iso'));
  const lines = await linesOf(t, 'batch', join(folder, 'shelf'), join(folder, 'made'));
  t.equal(lines[0], '2 jobs');
  t.ok(lines.includes(`${join(folder, 'shelf/a.iso')}: done`));
  t.match(JSON.parse(lines.at(-1) ?? ''), { done: 1, skipped: 1, failed: 0 });
  t.strictSame(await readdir(join(folder, 'made')), ['a-bootable.iso']);
});

t.test('abort', async (t) => {
  const folder = t.testdir({});
  await mkdir(join(folder, 'made'));
  const out = join(folder, 'made/out.iso');
  t.strictSame(await linesOf(t, 'abort', RECOVERY, out, '0').then((lines) => lines.at(-1)), 'gave up');
  t.strictSame(await readdir(join(folder, 'made')), [], 'nothing is left');
  t.equal((await linesOf(t, 'abort', RECOVERY, out, '60000')).at(-1), 'done');
  t.strictSame(await readdir(join(folder, 'made')), ['out.iso']);
});
