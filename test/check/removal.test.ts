/** Whether the check of an image without its boot record notices what is not as planned. */
import t from 'tap';
import { checkRemoval } from '../../src/check/removal.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { hex } from '../kit/golden.js';
import { AT, makeLoader, vendorImage } from '../plan/planning.js';
import { injected, removalFor } from '../plan/removing.js';

t.test('a result that is not as planned is found wrong', async (t) => {
  const bootable = await injected(vendorImage(), { entries: [{ bytes: makeLoader(200 * BLOCK_SIZE) }] });
  const { image, plan, result } = await removalFor(bootable);
  t.equal((await checkRemoval(new MemorySource(result), image, plan)).boot, undefined, 'it is good');
  const caught = async (name: string, change: (bytes: Uint8Array) => Uint8Array): Promise<void> => {
    const damaged = new MemorySource(change(result.slice()));
    await t.rejects(checkRemoval(damaged, image, plan), { code: 'ISO_OUTPUT_VERIFY' }, name);
  };
  const put = (block: number, offset: number, bytes: Uint8Array) => (to: Uint8Array) => {
    to.set(bytes, block * BLOCK_SIZE + offset);
    return to;
  };
  await caught('a boot record', put(17, 0, bootable.slice(17 * BLOCK_SIZE, 18 * BLOCK_SIZE)));
  await caught('another size', (bytes) => bytes.subarray(0, bytes.length - BLOCK_SIZE));
  await caught('another volume size', put(16, 80, hex('01')));
  await caught('another volume size in Joliet', put(17, 80, hex('01')));
  await caught('another half of it', put(17, 87, hex('01')));
  await caught('a descriptor too many', (bytes) => {
    bytes.copyWithin(18 * BLOCK_SIZE, 17 * BLOCK_SIZE, 19 * BLOCK_SIZE);
    return bytes;
  });
  await caught('a file that is moved', put(AT.folder, 68 + 2, Uint8Array.of(AT.loader + 1)));
});
