/** What `isoboot media-check` says to people and to programs. */
import { readFile, writeFile } from 'node:fs/promises';
import t from 'tap';
import { sha256 } from '../kit/digest.js';
import { block, cli, refuses, reportOf, workplace } from './machine.js';

const FIELD = block(16) + 883;

t.test('implanted, judged, damaged, taken out', async (t) => {
  const { image, at } = await workplace(t);
  const implanted = await cli(['media-check', image, '--implant']);
  t.equal(implanted.code, 0);
  t.match(implanted.stdout, /^Media check: MD5 [0-9a-f]{32} of the first 407,552 bytes/m);
  t.match(implanted.stdout, /^Output: +.*recovery-checked\.iso/m);
  const checked = at('recovery-checked.iso');
  const good = await cli(['media-check', checked]);
  t.equal(good.code, 0);
  t.match(good.stdout, /^Result: +PASS$/m);
  t.match(good.stdout, /^Covered: .*the last 15 blocks are not checked$/m);
  t.match(good.stdout, /^Fragments: +12, all right$/m);

  const bytes = await readFile(checked);
  bytes.writeUInt8(bytes.readUInt8(300_000) ^ 1, 300_000);
  await writeFile(at('bad.iso'), bytes);
  const bad = await cli(['media-check', at('bad.iso')]);
  t.equal(bad.code, 1);
  t.equal(bad.stderr, '', 'it is an answer, and no error');
  t.match(bad.stdout, /^Result: +FAIL/m);
  t.match(bad.stdout, /^First bad: +fragment 9, bytes 294,912 to 327,679 \(blocks 144 to 159\)$/m);
  const json = await cli(['media-check', at('bad.iso'), '--json']);
  t.equal(json.code, 1);
  t.match(reportOf(t, json), { schema: 'isoboot.media-check/1', result: 'fail' });
  t.equal((await cli(['media-check', at('bad.iso'), '-q'])).stdout, '');

  await writeFile(at('short.iso'), bytes.subarray(0, 400_000));
  const short = await cli(['media-check', at('short.iso')]);
  t.equal(short.code, 1);
  t.match(short.stdout, /^Result: +INCOMPLETE/m);
  t.match(short.stdout, /^Missing: +38,272 bytes of 438,272/m);

  const dry = await cli(['media-check', checked, '--strip', '--dry-run']);
  t.match(dry.stdout, /^Dry run: +nothing was written$/m);
  t.match(dry.stdout, new RegExp(`^${FIELD} +16 +512 +pointers`, 'm'));
  const stripped = await cli(['media-check', checked, '--strip', '--in-place']);
  t.match(stripped.stdout, /^Was: +an implanted MD5/m);
  t.match(stripped.stdout, /^Undo: +isoboot undo /m);
  await refuses(t, ['media-check', checked], 'ISO_MEDIA_CHECK_NONE', 4);
});

t.test('fields of other kinds', async (t) => {
  const { image, at } = await workplace(t);
  const put = async (name: string, field: string): Promise<string> => {
    const bytes = await readFile(image);
    bytes.write(field.padEnd(512), FIELD, 'latin1');
    await writeFile(at(name), bytes);
    return at(name);
  };
  const suse = await put('suse.iso', `check=1;pad=150;sha256sum=${'5'.repeat(64)}`);
  await refuses(t, ['media-check', suse], 'ISO_MEDIA_CHECK_NONE', 4);
  t.match(
    (await cli(['inspect', suse])).stdout,
    /^Media check: +sha256 digest of SUSE's checkmedia\s+5{64}$/m,
  );
  await refuses(t, ['media-check', suse, '--strip'], 'ISO_MEDIA_CHECK_FIELD', 4);
  const forced = await cli(['media-check', suse, '--implant', '--force', '--in-place', '--json']);
  t.match(reportOf(t, forced), { replaced: 'suse' });
  await refuses(t, ['media-check', suse, '--implant', '-o', at('x.iso')], 'ISO_MEDIA_CHECK_EXISTS', 4);
  const bare = await put('bare.iso', `ISO MD5SUM = ${'0'.repeat(32)};SKIPSECTORS = 0`);
  const judged = await cli(['media-check', bare]);
  t.match(judged.stdout, /^Fragments: +none in the field/m);
  const odd = await put('odd.iso', `ISO MD5SUM = ${'0'.repeat(32)};SKIPSECTORS = 999;FRAGMENT SUMS = ab`);
  t.match((await cli(['media-check', odd])).stdout, /^Fragments: +of a form that is not known/m);
});

t.test('what cannot be judged', async (t) => {
  const { image, at } = await workplace(t);
  const damaged = async (name: string, offset: number, value: number): Promise<string> => {
    const bytes = await readFile(image);
    bytes.writeUInt8(value, offset);
    await writeFile(at(name), bytes);
    return at(name);
  };
  const halves = await damaged('halves.iso', block(16) + 80, 1);
  await refuses(t, ['media-check', halves], 'ISO_VOLUME_BYTE_ORDER', 3);
  const blocks = await damaged('blocks.iso', block(16) + 129, 4);
  await refuses(t, ['media-check', blocks], 'ISO_VOLUME_BLOCK_SIZE', 4);
  const type = await damaged('type.iso', block(16), 9);
  await refuses(t, ['media-check', type], 'ISO_VOLUME_NOT_ISO9660', 3);
  await writeFile(at('tiny.iso'), 'tiny');
  await refuses(t, ['media-check', at('tiny.iso')], 'ISO_VOLUME_NOT_ISO9660', 3);
  await refuses(t, ['media-check', image, '--implant', '--strip'], 'ISO_USAGE_CONFLICT', 2);
  for (const option of [['-o', at('x.iso')], ['--in-place'], ['--force'], ['--dry-run'], ['--no-undo']]) {
    t.equal((await cli(['media-check', image, ...option])).code, 2, option.join(' '));
  }
});

t.test('an image whose descriptors are damaged behind the primary one', async (t) => {
  const { image, at } = await workplace(t);
  await cli(['media-check', image, '--implant', '-o', at('out.iso'), '-q']);
  const bytes = await readFile(at('out.iso'));
  bytes.writeUInt8(0, block(18) + 1);
  await writeFile(at('out.iso'), bytes);
  await refuses(t, ['inspect', at('out.iso')], 'ISO_VOLUME_NO_TERMINATOR', 3);
  t.equal((await cli(['media-check', at('out.iso')])).code, 1, 'the rest can be judged all the same');
  const streamed = await cli(['media-check', image, '--implant', '-o', '-']);
  bytes.write('C', block(18) + 1);
  t.equal(sha256(streamed.stdoutBytes), sha256(bytes));
});
