/** The library says nothing by itself: no function writes to a console or a standard stream. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { run } from '../kit/tools.js';

const SCRIPT = fileURLToPath(new URL('../kit/every-function.js', import.meta.url));
const SAMPLE = fileURLToPath(new URL('../../samples/recovery.iso', import.meta.url));

t.test('nothing is printed, whatever is called', async (t) => {
  const folder = t.testdir({});
  const { code, stdout, stderr } = await run(process.execPath, [SCRIPT, SAMPLE, folder]);
  t.equal(code, 0, 'exit code', { stderr });
  t.equal(stdout.toString(), '');
  t.equal(stderr, '');
  const missing: unknown = JSON.parse(await readFile(join(folder, 'missing.json'), 'utf8'));
  t.strictSame(missing, ['BatchRefusal'], 'every function was called; one is only thrown');
});
