/** Images whose reports have what those of the sample image have not. */
import { readFile } from 'node:fs/promises';
import { encodeMediaCheck, MEDIA_CHECK_RANGE } from '../../src/layout/media-check.js';
import { DeviceSource } from '../../src/source/device-source.js';
import { block } from '../cli/machine.js';
import { FIXTURES } from '../fixtures/index.js';
import { Drive } from '../kit/drive.js';

/** An image with a digest by SUSE's tagmedia. */
export async function withSuseDigest(image: string): Promise<Buffer> {
  const bytes = await readFile(image);
  bytes.write(`check=1;pad=150;sha256sum=${'5'.repeat(64)};`, block(16) + MEDIA_CHECK_RANGE.offset);
  return bytes;
}

/** An image with a media check that is not true. */
export async function withWrongSums(image: string): Promise<Buffer> {
  const bytes = await readFile(image);
  const field = encodeMediaCheck({ md5: '0'.repeat(32), fragmentSums: '0'.repeat(36) }, '0');
  bytes.set(field, block(16) + MEDIA_CHECK_RANGE.offset);
  return bytes;
}

/** An image in which something has to move. */
export function crowded(): Uint8Array {
  const found = FIXTURES.find(({ name }) => name === 'root-one-block');
  if (found === undefined) {
    throw new TypeError('no such fixture');
  }
  return found.build();
}

/** An image with a list of checksums in place of a file, which names the loader. */
export async function withManifest(image: string): Promise<Buffer> {
  const bytes = await readFile(image);
  bytes.write('readme.md5', bytes.indexOf('README.txt'));
  bytes.write(`${'0'.repeat(32)}  isolinux/isolinux.bin\n`, block(README_LBA));
  return bytes;
}

/** An image in which one letter of a file is another. */
export async function withOtherReadme(image: string): Promise<Buffer> {
  const bytes = await readFile(image);
  bytes.write('#', block(README_LBA) + 10);
  return bytes;
}

/** A disc of which one block cannot be read. */
export async function scratchedDisc(image: string): Promise<DeviceSource> {
  return DeviceSource.over('drive', new Drive(await readFile(image), { bad: (lba) => lba === README_LBA }));
}

const README_LBA = 35;
