/** Discs that others made bootable, without their boot record: the same files by every reader, and bootable again. */
import { copyFile, cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { inject } from '../../src/job/inject.js';
import { removeBoot } from '../../src/job/remove-boot.js';
import { undo } from '../../src/job/undo.js';
import { corpusImages } from '../kit/corpus.js';
import { fileDigest } from '../kit/digest.js';
import {
  fourListings,
  isovfyClean,
  pycdlibWalk,
  READER_TOOLS,
  readImage,
  sameFilesAsBefore,
  type Readings,
} from '../kit/readers.js';
import { bootSeabios, SEABIOS_TOOLS } from '../kit/qemu.js';
import { needTools, run, runOk, type ToolName } from '../kit/tools.js';
import { GENISOIMAGE, makeBootable } from '../kit/vendor-images.js';
import { EFI_TREE_TOOLS, makeVendorTree, TREE_TOOLS } from '../kit/vendor-tree.js';

const TOKEN = 'REMOVED';

interface Case {
  readonly name: string;
  readonly tools: readonly ToolName[];
  readonly make: (tree: string, image: string) => Promise<unknown>;
}

const LOADER_ARGUMENTS = ['-b', 'isolinux/isolinux.bin', '-c', 'isolinux/boot.cat'];
const NO_EMULATION = ['-no-emul-boot', '-boot-load-size', '4', '-boot-info-table'];
const EFI_ARGUMENTS = ['-eltorito-alt-boot', '-e', 'images/efiboot.img', '-no-emul-boot'];

/** genisoimage patches the loader in the tree, and puts what it is told into it. */
async function inCopy(tree: string, image: string, work: (copy: string) => Promise<unknown>): Promise<void> {
  const copy = `${image}.tree`;
  await cp(tree, copy, { recursive: true, preserveTimestamps: true });
  await work(copy);
}

const CASES: readonly Case[] = [
  { name: 'genisoimage', tools: ['genisoimage'], make: (tree, image) => makeBootable(tree, image) },
  {
    name: 'genisoimage, the loader hidden, UEFI too',
    tools: ['genisoimage'],
    make: (tree, image) => makeBootable(tree, image, { hidden: true, efi: true }),
  },
  {
    name: 'genisoimage, a floppy and UDF',
    tools: ['genisoimage'],
    make: (tree, image) =>
      inCopy(tree, image, async (copy) => {
        await runOk('truncate', ['-s', '1474560', join(copy, 'floppy.img')]);
        const boot = ['-b', 'floppy.img', '-c', 'boot.cat', '-hide', 'boot.cat', '-hide-joliet', 'boot.cat'];
        await runOk('genisoimage', ['-quiet', '-R', '-J', '-udf', ...boot, '-o', image, copy]);
      }),
  },
  {
    name: 'xorriso, BIOS and UEFI',
    tools: ['xorriso'],
    make: (tree, image) => {
      const boot = [...LOADER_ARGUMENTS, ...NO_EMULATION, ...EFI_ARGUMENTS];
      return runOk('xorriso', ['-as', 'mkisofs', '-quiet', '-R', '-J', ...boot, '-o', image, tree]);
    },
  },
  {
    name: 'pycdlib',
    tools: ['pycdlib'],
    make: (tree, image) => runOk('/usr/bin/python3', ['-c', PYCDLIB_BOOTABLE, tree, image]),
  },
];

/** pycdlib by itself: a loader in the root, and the catalog that it makes up. */
const PYCDLIB_BOOTABLE = `
import sys, os, pycdlib
iso = pycdlib.PyCdlib()
iso.new(joliet=3, rock_ridge='1.09')
iso.add_directory('/ISOLINUX', rr_name='isolinux', joliet_path='/isolinux')
for name in sorted(os.listdir(os.path.join(sys.argv[1], 'isolinux'))):
    short = name.upper().replace('-', '_')
    if '.' not in short:
        short += '.'
    path = os.path.join(sys.argv[1], 'isolinux', name)
    iso.add_file(path, '/ISOLINUX/' + short + ';1', rr_name=name, joliet_path='/isolinux/' + name)
iso.add_eltorito('/ISOLINUX/ISOLINUX.BIN;1', bootcatfile='/BOOT.CAT;1', rr_bootcatname='boot.cat',
                 joliet_bootcatfile='/boot.cat', boot_load_size=4, boot_info_table=True)
iso.write(sys.argv[2])
`;

/** xorriso has a file type of its own for the catalog. */
function asPlainFiles(readings: Readings): Readings {
  return new Map(
    [...readings].map(([reader, reading]) => {
      const names = reading.names.map((line) => line.replace(/^e(?=[r-])/, '-')).sort();
      return [reader, { ...reading, names }];
    }),
  );
}

for (const { name, tools, make } of CASES) {
  t.test(`without its boot record: ${name}`, async (t: Test) => {
    if (!needTools(t, ...tools, ...EFI_TREE_TOOLS, ...READER_TOOLS, ...SEABIOS_TOOLS)) {
      return;
    }
    const folder = t.testdir({ tree: {} });
    await makeVendorTree(join(folder, 'tree'), { token: TOKEN, efiToken: TOKEN });
    await mkdir(join(folder, 'images'));
    const image = join(folder, 'images', 'disc.iso');
    await make(join(folder, 'tree'), image);
    const original = await fileDigest(image);
    const before = await readImage(image);
    const lists = await fourListings(image);

    const output = join(folder, 'images', 'out.iso');
    await removeBoot({ input: image, target: { kind: 'copy', path: output, force: false } });
    sameFilesAsBefore(t, asPlainFiles(before), asPlainFiles(await readImage(output)));
    t.notMatch((await runOk('isoinfo', ['-d', '-i', output])).toString(), /El Torito/);
    const { stderr, stdout } = await run('xorriso', ['-indev', output, '-report_el_torito', 'plain']);
    t.notMatch(`${stdout.toString()}${stderr}`, /El Torito img/);
    t.equal((await pycdlibWalk(output)).boot, null, 'pycdlib sees no catalog');
    t.equal(await isovfyClean(output), await isovfyClean(image), 'isovfy says what it said');

    const seen: string[] = [];
    await removeBoot({
      input: image,
      target: { kind: 'in-place' },
      checkpoint: async (what) => {
        seen.push(what);
        t.strictSame(await fourListings(image), lists, `after ${what}`);
      },
    });
    t.ok(seen.some((what) => what.startsWith('descriptors')));
    t.equal(await fileDigest(image), await fileDigest(output), 'in place as in a copy');
    await undo({ input: image });
    t.equal(await fileDigest(image), original, 'undo gives the original back');

    if (!name.includes('hidden') && !name.includes('floppy')) {
      await inject({ input: output, target: { kind: 'in-place', undo: false } });
      t.equal((await bootSeabios(output, TOKEN)).matched, true, 'it boots again');
    }
  });
}

t.test('what an injection brought is gone again', async (t: Test) => {
  if (!needTools(t, 'genisoimage', ...TREE_TOOLS)) {
    return;
  }
  const folder = t.testdir({ tree: {} });
  await makeVendorTree(join(folder, 'tree'), { token: TOKEN });
  const image = join(folder, 'vendor.iso');
  await GENISOIMAGE.make(join(folder, 'tree'), image);
  const plain = await readFile(image);
  const tree = await inject({ input: image, target: copyTo(folder, 'tree.iso') });
  const bootFile = join(folder, 'tree', 'isolinux', 'isolinux.bin');
  const large = join(folder, 'large.bin');
  await copyFile(bootFile, large);
  await runOk('truncate', ['-s', '400K', large]);
  const small = join(folder, 'small.bin');
  await copyFile(bootFile, small);
  await runOk('truncate', ['-s', '20K', small]);
  await inject({ input: image, target: copyTo(folder, 'small.iso'), bootFile: small });
  const grown = await inject({ input: image, target: copyTo(folder, 'large.iso'), bootFile: large });
  t.ok(grown.grownBy > 0, 'one that had to grow');
  const { lba } = tree.bootFile;
  for (const name of ['tree', 'small', 'large']) {
    await removeBoot({
      input: join(folder, `${name}.iso`),
      target: copyTo(folder, `${name}-noboot.iso`),
    });
    const result = await readFile(join(folder, `${name}-noboot.iso`));
    t.equal(result.length, plain.length, `${name}: the same size`);
    const differing = [...result.keys()].filter((at) => result[at] !== plain[at]);
    const table = { start: lba * 2048 + 8, end: lba * 2048 + 64 };
    const outside = differing.filter((at) => at < table.start || at >= table.end);
    const isText = (at: number): boolean =>
      plain
        .subarray(at - (at % 2048))
        .subarray(0, 4)
        .toString() === 'MKI ';
    t.strictSame(
      outside.filter((at) => !isText(at)),
      [],
      `${name}: the same bytes but for the boot info table and the writer's text`,
    );
    t.ok(name === 'tree' || differing.every(isText), `${name}: no file of the tree was touched`);
  }
});

function copyTo(folder: string, name: string) {
  return { kind: 'copy', path: join(folder, name), force: false } as const;
}

t.test('bootable discs of the corpus', async (t: Test) => {
  const images = await corpusImages(t);
  if (images.length === 0 || !needTools(t, 'isoinfo', 'bsdtar')) {
    return;
  }
  let count = 0;
  for (const { name, path } of images) {
    const { stdout } = await run('isoinfo', ['-d', '-i', path]);
    if (!stdout.toString().includes('El Torito')) {
      continue;
    }
    count += 1;
    const output = join(t.testdir({}), 'out.iso');
    await removeBoot({ input: path, target: { kind: 'copy', path: output, force: false } });
    t.strictSame(await fourListings(output), await fourListings(path), `${name}: the same files`);
    t.notMatch((await runOk('isoinfo', ['-d', '-i', output])).toString(), /El Torito/, name);
  }
  t.ok(count > 5, `${count} bootable discs`);
});
