/** What a hole is made of: the block of most file systems, in bytes. */
const BLOCK_LENGTH = 4096;

const ZEROS = new Uint8Array(1_048_576);

/** Whether there are zeros alone; compared as memory is, since there may be gigabytes of them. */
function isHole(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const part = bytes.subarray(at, at + ZEROS.length);
    if (Buffer.compare(part, ZEROS.subarray(0, part.length)) !== 0) {
      return false;
    }
  }
  return true;
}

/** The runs of a chunk that are not whole blocks of zeros, in order; `at` in bytes from the chunk's start. */
export function solidRuns(chunk: Uint8Array): { readonly at: number; readonly bytes: Uint8Array }[] {
  if (isHole(chunk)) {
    return [];
  }
  const runs: { at: number; bytes: Uint8Array }[] = [];
  let start: number | undefined;
  for (let at = 0; at < chunk.length; at += BLOCK_LENGTH) {
    const empty = isHole(chunk.subarray(at, at + BLOCK_LENGTH));
    if (empty && start !== undefined) {
      runs.push({ at: start, bytes: chunk.subarray(start, at) });
      start = undefined;
    } else if (!empty) {
      start ??= at;
    }
  }
  return start === undefined ? runs : [...runs, { at: start, bytes: chunk.subarray(start) }];
}
