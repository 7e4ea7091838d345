/** Medians and quartiles. */

/** The value below which a share of a list lies, between two neighbours where it falls between them. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at % 1);
}

/** The middle one, or the mean of the two in the middle. */
export function median(values) {
  return quantile(values, 0.5);
}

/** The two values that half of a list lies between. */
export function quartiles(values) {
  return [quantile(values, 0.25), quantile(values, 0.75)];
}
