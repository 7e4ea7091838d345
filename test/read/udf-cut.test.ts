/** Bridge discs that end too early. */
import t from 'tap';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { outcomeOf } from '../kit/model-check.js';
import { bridgeImage, windowsTree } from '../kit/udf-builder.js';

const WINDOWS = windowsTree(new Uint8Array(4096).fill(0x90), new Uint8Array(4096).fill(0xee));

t.test('cut short at every block', async (t) => {
  const whole = bridgeImage(WINDOWS);
  for (let blocks = 34; blocks < whole.blocks; blocks += 1) {
    const outcome = await outcomeOf(new MemorySource(whole.bytes.slice(0, blocks * BLOCK_SIZE)));
    if ('code' in outcome) {
      t.fail(`${blocks} blocks: ${outcome.code}`);
    }
  }
  const cut = await outcomeOf(new MemorySource(whole.bytes.slice(0, 288 * BLOCK_SIZE)));
  t.ok(
    'image' in cut && cut.image.findings.some(({ code }) => code === 'ISO_SOURCE_TRUNCATED'),
    'a file that is missing is told as such',
  );
});
