import { cp, link, mkdir, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { cli } from '../cli/machine.js';
import { firstHalf, withBlockSize512, withByteOrderMismatch, withoutTerminator } from '../kit/damage.js';
import { snapshot } from '../kit/digest.js';
import { errorCodeOf, isoboot, objectAt, withReport, type IsobootResult } from '../kit/isoboot.js';
import { makeReadOnly } from '../kit/read-only.js';
import { needTools } from '../kit/tools.js';
import { GENISOIMAGE, GENISOIMAGE_PLAIN } from '../kit/vendor-images.js';
import { makeVendorTree, seededBytes, TREE_TOOLS } from '../kit/vendor-tree.js';

/** A request that isoboot has to refuse, made in a folder where it then runs. */
interface BadCase {
  readonly name: string;
  readonly args: readonly string[];
  readonly code: string;
  readonly exit: number;
}

const CODES = new Set<string>();

/** Runs the command line: a program of its own the first time that a code is wanted of it, then in this process. */
function runnerFor(folder: string, code: string): (args: readonly string[]) => Promise<IsobootResult> {
  if (!CODES.has(code)) {
    CODES.add(code);
    return (args) => isoboot(args, { cwd: folder });
  }
  return async (args) => {
    process.chdir(folder);
    const run = await cli(args);
    return withReport({ ...run, stdout: run.stdoutBytes });
  };
}

/** Runs isoboot in the folder and asserts its code, its exit code, and that the folder is as it was. */
async function refused(t: Test, folder: string, { name, args, code, exit }: BadCase): Promise<void> {
  const before = await snapshot(folder);
  const run = runnerFor(folder, code);
  const result = await run([...args, '--json']);
  t.equal(errorCodeOf(result), code, `${name}: the code`);
  t.equal(result.code, exit, `${name}: the exit code`);
  const plain = await run(args);
  t.equal(plain.code, exit, `${name}: the exit code without --json`);
  t.equal(plain.stdout.length, 0, `${name}: standard output stays clean`);
  t.equal(plain.stderr.trimEnd().split('\n').length, 1, `${name}: one line`, { stderr: plain.stderr });
  t.same(await snapshot(folder), before, `${name}: nothing written`);
}

let images: Promise<string> | undefined;

/** `vendor.iso`, `plain.iso` and `no-loader.iso` in a folder of the test's own. */
async function makeImages(t: Test): Promise<string> {
  images ??= makeOnce();
  const folder = join(t.testdir({}), 'images');
  await cp(await images, folder, { recursive: true });
  return folder;
}

async function makeOnce(): Promise<string> {
  const made = t.testdir({ images: {} });
  const folder = join(made, 'images');
  const tree = join(made, 'tree');
  await makeVendorTree(tree, { token: 'UNUSED' });
  await GENISOIMAGE.make(tree, join(folder, 'vendor.iso'));
  await GENISOIMAGE_PLAIN.make(tree, join(folder, 'plain.iso'));
  const bare = join(made, 'bare-tree');
  await makeVendorTree(bare, { token: 'UNUSED', loader: false });
  await GENISOIMAGE.make(bare, join(folder, 'no-loader.iso'));
  return folder;
}

const NOT_AN_IMAGE: readonly BadCase[] = [
  { name: 'not an ISO', args: ['inject', 'noise.iso'], code: 'ISO_VOLUME_NOT_ISO9660', exit: 3 },
  {
    name: 'shorter than a descriptor',
    args: ['inject', 'short.iso'],
    code: 'ISO_VOLUME_NOT_ISO9660',
    exit: 3,
  },
  { name: 'a folder', args: ['inject', 'folder.iso'], code: 'ISO_SOURCE_NOT_A_FILE', exit: 3 },
  { name: 'an empty file', args: ['inject', 'empty.iso'], code: 'ISO_SOURCE_EMPTY', exit: 3 },
  { name: 'a missing file', args: ['inject', 'missing.iso'], code: 'ISO_SOURCE_NOT_FOUND', exit: 5 },
];

t.test('what is not an image', async (t) => {
  const folder = t.testdir({ 'empty.iso': '', 'folder.iso': {} });
  await writeFile(join(folder, 'noise.iso'), seededBytes(1, 200_000));
  await writeFile(join(folder, 'short.iso'), seededBytes(2, 1000));
  for (const bad of NOT_AN_IMAGE) {
    await refused(t, folder, bad);
    await refused(t, folder, { ...bad, name: `${bad.name}, in place`, args: [...bad.args, '--in-place'] });
  }
  for (const command of ['inspect', 'ls', 'extract-boot']) {
    for (const bad of NOT_AN_IMAGE) {
      await refused(t, folder, {
        ...bad,
        name: `${bad.name}, ${command}`,
        args: [command, ...bad.args.slice(1)],
      });
    }
  }
});

const DAMAGED: readonly BadCase[] = [
  { name: 'no terminator', args: ['open.iso'], code: 'ISO_VOLUME_NO_TERMINATOR', exit: 3 },
  { name: 'truncated', args: ['half.iso'], code: 'ISO_SOURCE_TRUNCATED', exit: 3 },
  { name: 'byte order mismatch', args: ['byte-order.iso'], code: 'ISO_VOLUME_BYTE_ORDER', exit: 3 },
  { name: 'blocks of 512 bytes', args: ['blocks-512.iso'], code: 'ISO_VOLUME_BLOCK_SIZE', exit: 4 },
];

t.test('damaged and odd volumes', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools)) {
    return;
  }
  const folder = await makeImages(t);
  const vendor = join(folder, 'vendor.iso');
  await withoutTerminator(vendor, join(folder, 'open.iso'));
  await firstHalf(vendor, join(folder, 'half.iso'));
  await withByteOrderMismatch(vendor, join(folder, 'byte-order.iso'));
  await withBlockSize512(join(folder, 'plain.iso'), join(folder, 'blocks-512.iso'));
  for (const bad of DAMAGED) {
    await refused(t, folder, { ...bad, args: ['inject', ...bad.args, '-o', 'out.iso'] });
    await refused(t, folder, { ...bad, args: ['inject', ...bad.args, '--in-place'] });
  }
});

t.test('an image of 512-byte blocks can still be read', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE_PLAIN.tools)) {
    return;
  }
  const folder = await makeImages(t);
  await withBlockSize512(join(folder, 'plain.iso'), join(folder, 'blocks-512.iso'));
  const wanted = await isoboot(['ls', 'plain.iso'], { cwd: folder });
  const listed = await isoboot(['ls', 'blocks-512.iso'], { cwd: folder });
  t.equal(listed.code, 0);
  t.equal(listed.stdout.toString(), wanted.stdout.toString());
});

t.test('an image cut inside its padding is still made bootable', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools)) {
    return;
  }
  const folder = await makeImages(t);
  const vendor = join(folder, 'vendor.iso');
  // genisoimage pads by 150 blocks; 20 of them are gone here.
  await truncate(vendor, (await stat(vendor)).size - 20 * 2048);
  t.equal((await isoboot(['inject', 'vendor.iso', '--json'], { cwd: folder })).code, 0);
});

t.test('nothing to inject, or no place for it', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools)) {
    return;
  }
  const folder = await makeImages(t);
  const missing = {
    name: 'no loader',
    args: ['inject', 'no-loader.iso'],
    code: 'ISO_PLAN_NO_BOOT_FILE',
    exit: 4,
  };
  await refused(t, folder, missing);
  const error = objectAt((await isoboot([...missing.args, '--json'], { cwd: folder })).json(), 'error');
  for (const place of ['/isolinux', '/boot/grub/i386-pc/eltorito.img', '/boot/etfsboot.com']) {
    t.ok(JSON.stringify(error).includes(place), `says that it looked at ${place}`);
  }
  await refused(t, folder, {
    name: 'no such boot path',
    args: ['inject', 'vendor.iso', '--boot-path', '/isolinux/other.bin'],
    code: 'ISO_TREE_NOT_FOUND',
    exit: 4,
  });
});

t.test('outputs that cannot be', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools)) {
    return;
  }
  const folder = await makeImages(t);
  await symlink('vendor.iso', join(folder, 'symbolic.iso'));
  await link(join(folder, 'vendor.iso'), join(folder, 'hard.iso'));
  await writeFile(join(folder, 'there.iso'), 'precious');
  await mkdir(join(folder, 'folder'));
  const same = { code: 'ISO_USAGE_SAME_FILE', exit: 2 };
  const exists = { code: 'ISO_OUTPUT_EXISTS', exit: 4 };
  const unwritable = { code: 'ISO_OUTPUT_IO', exit: 5 };
  const cases: readonly (Omit<BadCase, 'args'> & { output: string })[] = [
    { name: 'output = input', output: 'vendor.iso', ...same },
    { name: 'by another spelling', output: './folder/../vendor.iso', ...same },
    { name: 'through a symbolic link', output: 'symbolic.iso', ...same },
    { name: 'through a hard link', output: 'hard.iso', ...same },
    { name: 'output exists', output: 'there.iso', ...exists },
    { name: 'no such folder', output: 'nowhere/out.iso', ...unwritable },
    { name: 'a file for a folder', output: 'there.iso/out.iso', ...unwritable },
  ];
  for (const { output, ...rest } of cases) {
    await refused(t, folder, { ...rest, args: ['inject', 'vendor.iso', '-o', output] });
  }
  for (const output of ['vendor.iso', 'symbolic.iso', 'hard.iso']) {
    const args = ['inject', 'vendor.iso', '-o', output, '--force'];
    await refused(t, folder, { name: `${output} with --force`, args, ...same });
  }
  const forced = ['inject', 'vendor.iso', '-o', 'there.iso', '--force'];
  t.equal((await isoboot(forced, { cwd: folder })).code, 0, '--force overwrites another file');
});

t.test('the default output exists', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools)) {
    return;
  }
  const folder = await makeImages(t);
  await writeFile(join(folder, 'vendor-bootable.iso'), 'precious');
  const args = ['inject', 'vendor.iso'];
  await refused(t, folder, { name: 'default output', args, code: 'ISO_OUTPUT_EXISTS', exit: 4 });
});

t.test('a read-only image, in place', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools)) {
    return;
  }
  const folder = await makeImages(t);
  const writable = await makeReadOnly(join(folder, 'vendor.iso'));
  if (writable === undefined) {
    t.pass('the file system has no read-only files', { skip: 'chattr does not work here' });
    return;
  }
  try {
    const args = ['inject', 'vendor.iso', '--in-place'];
    await refused(t, folder, { name: 'read-only', args, code: 'ISO_OUTPUT_IO', exit: 5 });
  } finally {
    await writable();
  }
});

const USAGE: readonly BadCase[] = [
  ...[
    ['inject', 'vendor.iso', '--no-such-option'],
    ['inject', 'vendor.iso', 'another.iso'],
    ['inject'],
    ['no-such-command', 'vendor.iso'],
    ['inject', 'vendor.iso', '--emulation', '3.5'],
    ['inject', 'vendor.iso', '--load-size', 'much'],
    ['inject', 'vendor.iso', '--load-size', '65536'],
    ['inject', 'vendor.iso', '--expect', 'sha256:short'],
    ['inject', 'vendor.iso', '--media-check', 'perhaps'],
  ].map((args) => ({ name: args.join(' '), args, code: 'ISO_USAGE_ARGUMENT', exit: 2 })),
  ...[
    ['--boot-path', '/isolinux/isolinux.bin', '--donor', 'plain.iso'],
    ['--boot-path', '/isolinux/isolinux.bin', '--boot-file', 'plain.iso'],
    ['--boot-file', 'plain.iso', '--donor', 'plain.iso'],
    ['--in-place', '-o', 'out.iso'],
  ].map((options) => ({
    name: options.join(' '),
    args: ['inject', 'vendor.iso', ...options],
    code: 'ISO_USAGE_CONFLICT',
    exit: 2,
  })),
  ...[
    ['--boot-file', 'plain.iso', '--boot-as', '/boot/loader.bin'],
    ['--catalog-path', '/boot/boot.cat'],
    ['--boot-file', 'plain.iso', '--replace-file', '/isolinux/isolinux.bin'],
  ].map((options) => ({
    name: options.join(' '),
    args: ['inject', 'vendor.iso', ...options],
    code: 'ISO_USAGE_NOT_YET',
    exit: 2,
  })),
];

t.test('the command line', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools)) {
    return;
  }
  const folder = await makeImages(t);
  for (const bad of USAGE) {
    await refused(t, folder, bad);
  }
});

t.test('--expect checks the input before anything is written', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools)) {
    return;
  }
  const folder = await makeImages(t);
  const digests = { md5: '0'.repeat(32), sha256: '0'.repeat(64), sha512: '0'.repeat(128) };
  for (const [algorithm, digest] of Object.entries(digests)) {
    for (const sink of [['-o', 'out.iso'], ['--in-place'], ['-o', '-']]) {
      const args = ['inject', 'vendor.iso', '--expect', `${algorithm}:${digest}`, ...sink];
      await refused(t, folder, { name: args.join(' '), args, code: 'ISO_SOURCE_DIGEST', exit: 1 });
    }
  }
});
