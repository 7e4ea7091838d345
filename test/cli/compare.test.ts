/** What `isoboot compare` says to people and to programs. */
import { readFile, writeFile } from 'node:fs/promises';
import t from 'tap';
import { block, cli, refuses, reportOf, workplace } from './machine.js';

t.test('equal, and with what burners add', async (t) => {
  const { image, at } = await workplace(t);
  await writeFile(at('disc.iso'), Buffer.concat([await readFile(image), Buffer.alloc(4096)]));
  const equal = await cli(['compare', at('disc.iso'), '--against', image]);
  t.equal(equal.code, 0);
  t.match(equal.stdout, /^Result: +EQUAL$/m);
  t.match(equal.stdout, /^Compared: +438,272 bytes, all of the volume$/m);
  t.match(equal.stdout, /^Behind: +4,096 bytes/m);
  const json = await cli(['compare', at('disc.iso'), '--against', image, '--json']);
  t.match(reportOf(t, json), { schema: 'isoboot.compare/1', result: 'equal' });
  t.equal((await cli(['compare', at('disc.iso'), '--against', image, '-q'])).stdout, '');
});

t.test('different', async (t) => {
  const { image, at } = await workplace(t);
  const bytes = await readFile(image);
  bytes.write('#', block(35) + 10);
  bytes.write('#', block(17) + 10);
  await writeFile(at('disc.iso'), bytes);
  const different = await cli(['compare', at('disc.iso'), '--against', image]);
  t.equal(different.code, 1);
  t.equal(different.stderr, '', 'it is an answer, and no error');
  t.match(different.stdout, /^Result: +DIFFERENT$/m);
  t.match(different.stdout, /^First: +byte 34,826 \(block 17\), in the volume descriptor$/m);
  t.match(different.stdout, /^Different: +2 blocks$/m);
  t.match(different.stdout, /^File: +\/README\.txt$/m);
  t.match(different.stdout, /^Besides: +volume descriptor$/m);
  await writeFile(at('short.iso'), (await readFile(image)).subarray(0, -2048));
  const short = await cli(['compare', at('short.iso'), '--against', image]);
  t.equal(short.code, 0);
  t.match(short.stdout, /^Missing: +2,048 bytes/m);
  t.match(short.stdout, /^Warning: +1 block/m);
});

t.test('what cannot be compared', async (t) => {
  const { image, at } = await workplace(t);
  await refuses(t, ['compare', image], 'ISO_USAGE_ARGUMENT', 2);
  await refuses(t, ['compare', image, '--against', ''], 'ISO_USAGE_ARGUMENT', 2);
  await refuses(t, ['compare', image, '--against', '-'], 'ISO_SOURCE_EMPTY', 3);
  await refuses(t, ['compare', image, '--against', at('none.iso')], 'ISO_SOURCE_NOT_FOUND', 5);
  await writeFile(at('tiny.iso'), 'tiny');
  await refuses(t, ['compare', image, '--against', at('tiny.iso')], 'ISO_VOLUME_NOT_ISO9660', 3);
});
