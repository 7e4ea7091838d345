/** A path in a manifest as people write it, such as `jobs[3].output`. */
export function placeKey(path: readonly (string | number)[]): string | null {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return text === '' ? null : text.replace(/^\./, '');
}
