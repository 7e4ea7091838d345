/** Discs with a boot record: what `extract-boot` saves is the file of the tree, to the last byte. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { extractBoot } from '../../src/job/extract-boot.js';
import { readImage } from '../../src/read/image.js';
import { FileSource } from '../../src/source/file-source.js';
import { contentOf } from '../kit/contents.js';
import { corpusImages } from '../kit/corpus.js';
import { hasTool, runOk } from '../kit/tools.js';

t.test('boot files of the corpus', async (t) => {
  const images = (await corpusImages(t)).filter(({ facts }) => facts['class']?.split(',')[0] === 'bootable');
  let compared = 0;
  for (const { name, path } of images) {
    const source = await FileSource.open(path);
    const { boot } = await readImage(source);
    const bytes = await source.read(0, source.size);
    await source.close();
    for (const { index, node } of boot?.entries ?? []) {
      if (node === undefined) {
        continue;
      }
      const output = join(t.testdir({}), `${index}.img`);
      const report = await extractBoot({
        input: path,
        what: { kind: 'entry', index, output },
        force: true,
      });
      const saved = await readFile(output);
      t.equal(report.size, node.size, `${name}, entry ${index}: the size that the tree says`);
      t.ok(saved.equals(contentOf(bytes, node)), `${node.path}: the same content`);
      if (hasTool('isoinfo')) {
        t.ok(saved.equals(await runOk('isoinfo', ['-R', '-i', path, '-x', node.path])), 'isoinfo: the same');
      }
      compared += 1;
    }
  }
  t.ok(images.length === 0 || compared >= 15, `${compared} boot files were compared`);
});
