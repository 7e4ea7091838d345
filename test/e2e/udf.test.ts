/** Bridge discs from outside: the same UDF files as other readers see, before an injection and after it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { inject } from '../../src/job/inject.js';
import { list } from '../../src/job/list.js';
import { readImage } from '../../src/read/image.js';
import { FileSource } from '../../src/source/file-source.js';
import { corpusImages } from '../kit/corpus.js';
import { ascii } from '../kit/golden.js';
import { byPath } from '../kit/listings.js';
import { needTools, run, runOk } from '../kit/tools.js';
import { bridgeImage, windowsTree } from '../kit/udf-builder.js';
import { makeLoader } from '../plan/planning.js';
import { fatImage } from '../job/place.js';

/** What 7z lists of the UDF tree; it ends with an error where something else on the disc displeases it. */
async function sevenZip(image: string): Promise<{ path: string; size: number }[]> {
  const text = (await run('7z', ['l', '-slt', '-tudf', image])).stdout.toString();
  const [, listing = ''] = text.split('----------\n');
  const files = listing.split('\n\n').map((block) => {
    const field = (name: string): string | undefined => new RegExp(`^${name} = (.*)$`, 'm').exec(block)?.[1];
    return { path: `/${field('Path') ?? ''}`, size: Number(field('Size')), folder: field('Folder') };
  });
  return byPath(files.filter(({ path, folder }) => path !== '/' && folder === '-')).map(({ path, size }) => ({
    path,
    size,
  }));
}

async function ours(image: string): Promise<{ path: string; size: number }[]> {
  const { entries } = await list({ input: image, recursive: true, names: 'udf' });
  return byPath(entries.filter(({ type }) => type === 'file')).map(({ path, size }) => ({ path, size }));
}

async function modelOf(path: string) {
  const source = await FileSource.open(path);
  try {
    return await readImage(source);
  } finally {
    await source.close();
  }
}

/** A tree with names of every kind, deep folders and a loader. */
async function makeTree(folder: string): Promise<void> {
  const deep = join(folder, 'a/b/c/d/e/f/g/h/i/j');
  await mkdir(deep, { recursive: true });
  await mkdir(join(folder, 'isolinux'));
  await writeFile(join(folder, 'isolinux/isolinux.bin'), makeLoader());
  await writeFile(join(deep, 'A rather long name with blanks in it.text'), 'deep');
  await writeFile(join(folder, 'empty'), '');
  await writeFile(join(folder, 'a/large.bin'), new Uint8Array(300_000).fill(5));
  for (let i = 0; i < 150; i += 1) {
    await writeFile(join(folder, 'a/b', `file-${i}.txt`), `file ${i}`);
  }
}

t.test('images of genisoimage', async (t) => {
  if (!needTools(t, 'genisoimage', '7z', 'udfinfo')) {
    return;
  }
  const folder = t.testdir({});
  const tree = join(folder, 'tree');
  await makeTree(tree);
  for (const flags of [['-D'], ['-R', '-J', '-joliet-long']]) {
    const name = flags.join(' ');
    const image = join(folder, 'in.iso');
    const output = join(folder, 'out.iso');
    await runOk('genisoimage', ['-quiet', '-udf', ...flags, '-V', 'THEIRS', '-o', image, tree]);
    const before = await sevenZip(image);
    t.ok(before.length > 150, `${name}: 7z lists files`);
    t.same(await ours(image), before, `${name}: the same as 7z`);
    const { udf } = await modelOf(image);
    t.match(udf, { identifier: 'THEIRS', revision: '1.02', isComplete: true }, name);
    const info = (await runOk('udfinfo', [image])).toString();
    const anchors = [...info.matchAll(/^start=(\d+), .*type=ANCHOR$/gm)].map(([, start]) => Number(start));
    t.same(
      [...(udf?.anchors ?? [])].sort((a, b) => a - b),
      anchors,
      `${name}: anchors as udfinfo finds them`,
    );

    await inject({ input: image, target: { kind: 'copy', path: output, force: true } });
    t.same(await sevenZip(output), before, `${name}: the same files afterwards`);
    const large = join(folder, 'large.bin');
    await writeFile(large, makeLoader(100_000));
    await inject({ input: image, bootFile: large, target: { kind: 'copy', path: output, force: true } });
    const grown = (await runOk('udfinfo', [output])).toString();
    const last = (await modelOf(output)).size / 2048 - 1;
    t.match(
      grown,
      new RegExp(`^start=${last}, blocks=1, type=ANCHOR$`, 'm'),
      `${name}: an anchor at the new end`,
    );
    t.same(await sevenZip(output), before, `${name}: the same files after growth`);
    t.equal((await run('7z', ['t', output])).code, 0, `${name}: 7z tests it`);
  }
});

t.test('a Windows disc', async (t) => {
  if (!needTools(t, '7z', 'udfinfo', 'dumpet')) {
    return;
  }
  const folder = t.testdir({});
  const etfsboot = new Uint8Array(4096).fill(0x90);
  etfsboot.set(ascii('BOOTMGR'), 0x200);
  const input = join(folder, 'windows.iso');
  const output = join(folder, 'out.iso');
  await writeFile(input, bridgeImage(windowsTree(etfsboot, fatImage())).bytes);
  const before = await sevenZip(input);
  t.same(await ours(input), before, 'the same as 7z');
  const report = await inject({ input, target: { kind: 'copy', path: output, force: false } });
  t.match(report, {
    bootFile: { path: '/boot/etfsboot.com', size: 4096, bootInfoTable: { written: false } },
    entries: [
      { path: '/boot/etfsboot.com', loadSize: 8, platform: 'x86' },
      { path: '/efi/microsoft/boot/efisys.bin', platform: 'efi' },
    ],
    grownBy: 0,
  });
  t.same(await sevenZip(output), before);
  t.match((await runOk('udfinfo', [output])).toString(), /integrity=closed/);
  const { boot } = await modelOf(output);
  t.match(boot?.entries, [
    { sizeFrom: 'directory-record', node: { name: 'etfsboot.com' } },
    { sizeFrom: 'directory-record', node: { name: 'efisys.bin' } },
  ]);
});

t.test('a loader inside its file entry', async (t) => {
  const folder = t.testdir({});
  const input = join(folder, 'embedded.iso');
  const udfOnly = { '/boot/etfsboot.com': new Uint8Array(800).fill(0x90) };
  await writeFile(input, bridgeImage({ udfOnly, embedded: true }).bytes);
  const target = { kind: 'copy', path: join(folder, 'out.iso'), force: false } as const;
  await t.rejects(inject({ input, target }), { code: 'ISO_BOOT_FILE' });
  const empty = join(folder, 'empty.iso');
  await writeFile(empty, bridgeImage({ udfOnly: { '/boot/etfsboot.com': new Uint8Array(0) } }).bytes);
  await t.rejects(inject({ input: empty, bootPath: '/boot/etfsboot.com', target }), {
    code: 'ISO_BOOT_FILE',
  });
});

t.test('images of the corpus', async (t) => {
  for (const { name, path, facts } of await corpusImages(t)) {
    const kinds = (facts['class'] ?? '').split(',');
    if (kinds.includes('udf-only')) {
      await t.rejects(modelOf(path), { code: 'ISO_VOLUME_UDF_ONLY' }, name);
    }
    if (kinds.includes('udf-bridge')) {
      const { udf } = await modelOf(path);
      t.equal(udf?.isComplete, true, `${name}: known as a whole`);
      if (needTools(t, '7z')) {
        t.same(await ours(path), await sevenZip(path), `${name}: the same as 7z`);
      }
    }
  }
});
