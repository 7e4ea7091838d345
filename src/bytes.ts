// Loops, as `every` and `findIndex` of a typed array call a function for each byte, which takes several times as long.

/** Whether bytes are all zero. */
export function isZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) {
    if (byte !== 0) {
      return false;
    }
  }
  return true;
}

/** Where bytes first differ from those of `other` at the same places; -1 where none do. */
export function firstDifference(bytes: Uint8Array, other: Uint8Array): number {
  for (let i = 0; i < bytes.length; i += 1) {
    if (bytes[i] !== other[i]) {
      return i;
    }
  }
  return -1;
}
