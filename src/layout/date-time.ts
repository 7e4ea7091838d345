/** The two forms in which ISO 9660 records a moment. */

import { latin1 } from './field.js';

/** Recording Date and Time of a directory record, 7 bytes, as ISO 8601; nothing when it is unset (ECMA-119 9.1.5). */
export function decodeRecordingDate(field: Uint8Array): string | undefined {
  const [years = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset = 0] = field;
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) {
    return undefined;
  }
  const local = Date.UTC(1900 + years, month - 1, day, hour, minute, second);
  return withOffset(local, (offset << 24) >> 24);
}

/** Volume date and time, 17 bytes of digits, as ISO 8601; nothing when it is unset (ECMA-119 8.4.26.1). */
export function decodeVolumeDate(field: Uint8Array): string | undefined {
  const digits = latin1(field.subarray(0, 14));
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits);
  if (match === null || digits.startsWith('0000')) {
    return undefined;
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return withOffset(Date.UTC(year, month - 1, day, hour, minute, second), ((field[16] ?? 0) << 24) >> 24);
}

/** `quarters` counts 15-minute steps east of Greenwich. */
function withOffset(local: number, quarters: number): string {
  return new Date(local - quarters * 15 * 60_000).toISOString().replace('.000Z', 'Z');
}
