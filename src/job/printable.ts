/** Text that is harmless to print, whatever an image names in it. */

// Control characters, and the marks that reorder text: what an image names must not drive a terminal.
// eslint-disable-next-line no-control-regex -- these are the very characters to be replaced
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Whether text is harmless to print as it is. */
export function isPrintable(text: string): boolean {
  return text.search(UNPRINTABLE) < 0;
}

/** Makes a name from an image harmless to print. */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Makes one line of JSON harmless to print; it still says the same to programs. */
export function printableJson(json: string): string {
  return json.replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
