import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { checkMedia } from '../kit/boot-reports.js';
import {
  bytesIn,
  diffRanges,
  fileDigest,
  sha256,
  snapshot,
  uncovered,
  type ByteRange,
} from '../kit/digest.js';
import { errorCodeOf, isoboot, isobootOk, objectsAt, type JsonObject } from '../kit/isoboot.js';
import { needTools, type ToolName } from '../kit/tools.js';
import {
  GENISOIMAGE,
  GENISOIMAGE_UDF,
  implantMd5,
  PYCDLIB,
  type VendorWriter,
} from '../kit/vendor-images.js';
import { makeVendorTree, TREE_TOOLS } from '../kit/vendor-tree.js';

const MEDIA_CHECK_TOOLS: readonly ToolName[] = ['implantisomd5', 'checkisomd5'];

/** Makes `vendor.iso` in a folder that holds nothing else. */
async function makeImage(t: Test, writer: VendorWriter): Promise<{ folder: string; image: string }> {
  const made = t.testdir({ tree: {}, images: {} });
  const tree = join(made, 'tree');
  await makeVendorTree(tree, { token: 'UNUSED' });
  const folder = join(made, 'images');
  const image = join(folder, 'vendor.iso');
  await writer.make(tree, image);
  return { folder, image };
}

/** The digest of the result from each sink, the image itself being left as it was. */
async function resultsOf(image: string, ...options: readonly string[]): Promise<Record<string, string>> {
  const copy = `${image}.copy`;
  await isobootOk(['inject', image, '-o', copy, ...options]);
  const inPlace = `${image}.in-place`;
  await copyFile(image, inPlace);
  await isobootOk(['inject', inPlace, '--in-place', ...options]);
  const stream = await isobootOk(['inject', image, '-o', '-', ...options]);
  return {
    copy: await fileDigest(copy),
    inPlace: await fileDigest(inPlace),
    stream: sha256(stream.stdout),
  };
}

function rangesOf(report: JsonObject): ByteRange[] {
  return objectsAt(report, 'changes').map(({ offset, length }) => ({
    offset: Number(offset),
    length: Number(length),
  }));
}

for (const writer of [GENISOIMAGE, GENISOIMAGE_UDF, PYCDLIB]) {
  t.test(`in place, copy and stream give the same bytes: ${writer.name}`, async (t) => {
    if (!needTools(t, ...TREE_TOOLS, ...writer.tools)) {
      return;
    }
    const { image } = await makeImage(t, writer);
    const original = await fileDigest(image);
    const results = await resultsOf(image);
    t.not(results['copy'], original);
    t.equal(results['inPlace'], results['copy']);
    t.equal(results['stream'], results['copy']);
    t.equal(await fileDigest(image), original, 'the input is only read');
  });
}

t.test('a local boot file, appended, gives the same bytes from every sink', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools)) {
    return;
  }
  const { folder, image } = await makeImage(t, GENISOIMAGE);
  const loader = join(folder, 'loader.bin');
  await writeFile(loader, Buffer.alloc(100_001, 'loader'));
  const results = await resultsOf(image, '--boot-file', loader);
  t.equal(results['inPlace'], results['copy']);
  t.equal(results['stream'], results['copy']);
});

t.test('undo gives the original back', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools, ...PYCDLIB.tools)) {
    return;
  }
  for (const writer of [GENISOIMAGE, PYCDLIB]) {
    const { folder, image } = await makeImage(t, writer);
    const loader = join(folder, 'loader.bin');
    await writeFile(loader, Buffer.alloc(100_001, 'loader'));
    const before = await snapshot(folder);
    for (const options of [[], ['--boot-file', loader]]) {
      await isobootOk(['inject', image, '--in-place', ...options]);
      t.not((await snapshot(folder))['vendor.iso'], before['vendor.iso'], `${writer.name}: edited`);
      await isobootOk(['undo', image]);
      t.same(await snapshot(folder), before, `${writer.name}: as it was, and no undo file left`);
    }
  }
});

t.test('undo without an undo file', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools)) {
    return;
  }
  const { folder, image } = await makeImage(t, GENISOIMAGE);
  const before = await snapshot(folder);
  const result = await isoboot(['undo', image, '--json']);
  t.equal(result.code, 4);
  t.equal(errorCodeOf(result), 'ISO_UNDO_NONE');
  t.same(await snapshot(folder), before);
});

t.test('a dry run writes nothing and lists the bytes that then change', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools, ...GENISOIMAGE_UDF.tools)) {
    return;
  }
  for (const writer of [GENISOIMAGE, GENISOIMAGE_UDF]) {
    const { folder, image } = await makeImage(t, writer);
    const before = await snapshot(folder);
    const report = (await isobootOk(['inject', image, '--in-place', '--dry-run', '--json'])).json();
    t.same(await snapshot(folder), before, `${writer.name}: nothing written`);

    const original = `${image}.original`;
    await copyFile(image, original);
    await isobootOk(['inject', image, '--in-place']);
    const differing = await diffRanges(original, image);
    const listed = rangesOf(report);
    t.same(uncovered(differing, listed), [], `${writer.name}: no byte outside the list changed`);
    t.ok(bytesIn(listed) >= bytesIn(differing));
    t.ok(bytesIn(differing) > 0);
    const idle = listed.filter((range) => bytesIn(uncovered([range], differing)) === range.length);
    t.same(idle, [], `${writer.name}: nothing listed stays as it was`);
  }
});

t.test('a dry run of a copy makes no output', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools)) {
    return;
  }
  const { folder, image } = await makeImage(t, GENISOIMAGE);
  const before = await snapshot(folder);
  await isobootOk(['inject', image, '--dry-run']);
  await isobootOk(['inject', image, '-o', join(folder, 'out.iso'), '--dry-run', '--json']);
  t.same(await snapshot(folder), before);
});

t.test('the default output stands beside the input', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools)) {
    return;
  }
  const { folder, image } = await makeImage(t, GENISOIMAGE);
  const elsewhere = join(folder, '..', 'elsewhere');
  await mkdir(elsewhere);
  await isobootOk(['inject', image], { cwd: elsewhere });
  t.same(Object.keys(await snapshot(folder)), ['vendor-bootable.iso', 'vendor.iso']);
  t.same(await snapshot(elsewhere), {});
});

t.test('a bootable image is left alone', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools)) {
    return;
  }
  const { folder, image } = await makeImage(t, GENISOIMAGE);
  await isobootOk(['inject', image, '--in-place', '--no-undo']);
  const before = await snapshot(folder);
  t.same(Object.keys(before), ['vendor.iso'], 'no undo file was asked for');
  const second = await isoboot(['inject', image, '--in-place', '--json']);
  t.equal(second.code, 4);
  t.equal(errorCodeOf(second), 'ISO_PLAN_ALREADY_BOOTABLE');
  t.equal((await isoboot(['inject', image, '--in-place', '--ensure', '--json'])).code, 0);
  t.same(await snapshot(folder), before);
});

t.test('an implanted MD5 stays true in every sink', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools, ...PYCDLIB.tools, ...MEDIA_CHECK_TOOLS)) {
    return;
  }
  for (const writer of [GENISOIMAGE, PYCDLIB]) {
    const { folder, image } = await makeImage(t, writer);
    await implantMd5(image);
    t.equal(await checkMedia(image), 'pass', `${writer.name}: before`);
    const results = await resultsOf(image);
    t.equal(results['inPlace'], results['copy']);
    t.equal(results['stream'], results['copy']);
    t.equal(await checkMedia(`${image}.copy`), 'pass', `${writer.name}: copy`);
    t.equal(await checkMedia(`${image}.in-place`), 'pass', `${writer.name}: in place`);
    const streamed = join(folder, 'streamed.iso');
    await writeFile(streamed, (await isobootOk(['inject', image, '-o', '-'])).stdout);
    t.equal(await checkMedia(streamed), 'pass', `${writer.name}: stream`);
  }
});

t.test('--media-check strip blanks the field in every sink', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools, ...MEDIA_CHECK_TOOLS)) {
    return;
  }
  const { image } = await makeImage(t, GENISOIMAGE);
  await implantMd5(image);
  const results = await resultsOf(image, '--media-check', 'strip');
  t.equal(results['inPlace'], results['copy']);
  t.equal(results['stream'], results['copy']);
  t.equal(await checkMedia(`${image}.copy`), 'none');
});

t.test('--media-check add gives an image without a sum a right one', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools, ...MEDIA_CHECK_TOOLS)) {
    return;
  }
  const { image } = await makeImage(t, GENISOIMAGE);
  t.equal(await checkMedia(image), 'none');
  const results = await resultsOf(image, '--media-check', 'add');
  t.equal(results['inPlace'], results['copy']);
  t.equal(results['stream'], results['copy']);
  t.equal(await checkMedia(`${image}.copy`), 'pass');
});
