/** Compares files by their bytes: digests, and the ranges in which two files differ. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, readdir, readlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** The sha256 of bytes at hand, in hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The digest of a file of any size, in hex. */
export async function fileDigest(path: string, algorithm = 'sha256'): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/** A run of bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

const CHUNK = 1 << 20;

/** The runs of bytes in which two files differ; what one file has beyond the other's end differs. */
export async function diffRanges(a: string, b: string): Promise<ByteRange[]> {
  const left = await open(a);
  const right = await open(b);
  try {
    return await diffHandles(left, right);
  } finally {
    await left.close();
    await right.close();
  }
}

async function diffHandles(left: FileHandle, right: FileHandle): Promise<ByteRange[]> {
  const longest = Math.max((await left.stat()).size, (await right.stat()).size);
  const offsets = new RangeList();
  for (let at = 0; at < longest; at += CHUNK) {
    const one = await readChunk(left, at);
    const other = await readChunk(right, at);
    if (one.equals(other)) {
      continue;
    }
    const length = Math.max(one.length, other.length);
    for (let i = 0; i < length; i++) {
      if (one[i] !== other[i]) {
        offsets.add(at + i);
      }
    }
  }
  return offsets.ranges;
}

/** Up to one chunk; less only at the end of the file. */
async function readChunk(handle: FileHandle, at: number): Promise<Buffer> {
  const buffer = Buffer.alloc(CHUNK);
  let filled = 0;
  while (filled < CHUNK) {
    const { bytesRead } = await handle.read(buffer, filled, CHUNK - filled, at + filled);
    if (bytesRead === 0) {
      break;
    }
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

class RangeList {
  readonly ranges: { offset: number; length: number }[] = [];

  add(offset: number): void {
    const last = this.ranges.at(-1);
    if (last !== undefined && last.offset + last.length === offset) {
      last.length++;
    } else {
      this.ranges.push({ offset, length: 1 });
    }
  }
}

/** How many bytes some ranges hold. */
export function bytesIn(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, range) => sum + range.length, 0);
}

/** The bytes of `inner` that no range of `outer` covers, as ranges. */
export function uncovered(inner: readonly ByteRange[], outer: readonly ByteRange[]): ByteRange[] {
  const sorted = [...outer].sort((a, b) => a.offset - b.offset);
  return inner.flatMap((range) => withoutRanges(range, sorted));
}

function withoutRanges(range: ByteRange, sorted: readonly ByteRange[]): ByteRange[] {
  const left: ByteRange[] = [];
  const end = range.offset + range.length;
  let at = range.offset;
  for (const cover of sorted) {
    const from = Math.max(cover.offset, at);
    const to = Math.min(cover.offset + cover.length, end);
    if (from >= to) {
      continue;
    }
    if (from > at) {
      left.push({ offset: at, length: from - at });
    }
    at = to;
  }
  return at < end ? [...left, { offset: at, length: end - at }] : left;
}

/** Everything below a folder, name -> digest (of a file), target (of a link) or kind: to show that nothing changed. */
export async function snapshot(folder: string): Promise<Record<string, string>> {
  const entries: Record<string, string> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    entries[name] = await describe(join(folder, name));
  }
  return entries;
}

async function describe(path: string): Promise<string> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) {
    return `link ${await readlink(path)}`;
  }
  return stat.isFile() ? `${stat.size} ${await fileDigest(path)}` : 'folder';
}
