/** Small writes are made at once, and keep nothing from coming to its turn. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { writeAt } from '../../src/sink/write.js';

const MOST = 500_000;

t.test('a signal is heard between many small writes', async (t) => {
  const path = join(t.testdir({}), 'file');
  const handle = await open(path, 'w+');
  let isStopped = false;
  const stopping = setTimeout(1).then(() => (isStopped = true));
  let written = 0;
  for (; written < MOST && !(isStopped as boolean); written += 1) {
    await writeAt({ handle, path }, new Uint8Array(16).fill(written % 251), (written % 1000) * 16);
  }
  t.ok(isStopped, `after ${written} writes`);
  t.ok(written < MOST);
  await stopping;
  const { buffer } = await handle.read(new Uint8Array(16), 0, 16, 0);
  t.strictSame(buffer, new Uint8Array(16).fill((Math.floor((written - 1) / 1000) * 1000) % 251));
  await handle.close();
});
