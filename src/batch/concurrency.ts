import { availableParallelism } from 'node:os';
import { decodeMediaCheck, MEDIA_CHECK_RANGE } from '../layout/media-check.js';
import { FileSource } from '../source/file-source.js';
import { statsAt } from '../source/stats.js';
import { offsetOfLba, PRIMARY_VOLUME_DESCRIPTOR_LBA } from '../units.js';
import type { BatchJob } from './job.js';

/** Up to here an image is gone through faster than anything that waits for a disk or a thread. */
const SMALL = 16 * 1024 * 1024;

/** More large copies at once make a disk seek, and none of them faster. */
const LARGE_COPIES = 2;

/**
 * How many jobs may run at once when this one is among them, by what limits it: waiting for the disk's syncs, of which
 * several go at once; the MD5, which keeps a core busy; or the copying of a large image, which is the disk's.
 */
export async function jobsBeside({ input, settings }: BatchJob): Promise<number> {
  const cores = availableParallelism();
  const stats = statsAt(input);
  if (stats === undefined || (stats.isFile() && stats.size <= SMALL) || settings.do === 'inspect') {
    return Math.max(4, 2 * cores);
  }
  const hashes =
    settings.do === 'media-check' ||
    settings.mediaCheck === 'add' ||
    (settings.mediaCheck !== 'strip' && (await carriesMd5(input)));
  return hashes ? cores : Math.min(cores, LARGE_COPIES);
}

/** Whether an edit has an MD5 to renew, which takes one read of the whole image. */
async function carriesMd5(path: string): Promise<boolean> {
  const { offset, length } = MEDIA_CHECK_RANGE;
  const at = offsetOfLba(PRIMARY_VOLUME_DESCRIPTOR_LBA) + offset;
  const image = await FileSource.open(path).catch(() => undefined);
  const field = await image?.read(at, length).catch(() => undefined);
  await image?.close();
  return field !== undefined && decodeMediaCheck(field) !== undefined;
}
