/** A result that is found wrong when it is read again: no copy appears, and an edit in place is taken back. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { IsoError } from '../../src/errors.js';
import { applyToCopy } from '../../src/sink/copy.js';
import { applyInPlace } from '../../src/sink/in-place.js';
import { saveSource } from '../../src/sink/save.js';
import { MemorySource } from '../../src/source/memory-source.js';
import type { Source } from '../../src/source/source.js';
import { sha256 } from '../kit/digest.js';
import { withFault } from '../kit/fault.js';
import { sample } from './sample.js';

const { image, list, sources, expected } = sample(61, { growth: 10_000 });

t.test('the result is shown before it counts', async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'in.iso');
  const output = join(folder, 'out.iso');
  await writeFile(path, image);
  let seen = '';
  const verify = async (result: Source): Promise<void> => {
    seen = sha256(await result.read(0, result.size));
    throw new IsoError('ISO_OUTPUT_VERIFY', 'no');
  };
  const copying = applyToCopy({ input: path, output, list, sources, force: false, verify });
  await t.rejects(copying, { code: 'ISO_OUTPUT_VERIFY' });
  t.equal(seen, sha256(expected));
  t.strictSame(await readdir(folder), ['in.iso']);

  seen = '';
  const undo = { path: `${path}.undo` };
  await t.rejects(applyInPlace({ path, list, sources, undo, verify }), { code: 'ISO_OUTPUT_VERIFY' });
  t.equal(seen, sha256(expected));
  t.ok((await readFile(path)).equals(image));
  t.strictSame(await readdir(folder), ['in.iso']);
});

t.test('saving a part: all or nothing', async (t) => {
  const folder = t.testdir();
  const output = join(folder, 'boot.bin');
  const source = new MemorySource(image);
  for (let at = 0; ; at += 1) {
    const fault = { methods: ['write', 'sync'], at, lasts: 'once', code: 'ENOSPC' } as const;
    const save = (): Promise<string> => saveSource({ source, output, force: true });
    const { error } = await withFault(process.execPath, fault, save);
    if (error === undefined) {
      t.ok(at > 1);
      break;
    }
    t.match(error, { code: 'ISO_OUTPUT_IO' });
  }
  t.ok((await readFile(output)).equals(image));
  t.strictSame(await readdir(folder), ['boot.bin']);
  await t.rejects(saveSource({ source, output, force: false }), { code: 'ISO_OUTPUT_EXISTS' });
});
