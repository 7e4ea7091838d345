/** Index of the first of `length` things in order whose key is not below `wanted`; `length` where there is none. */
export function firstNotBelow(length: number, keyAt: (index: number) => number, wanted: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyAt(middle) < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
