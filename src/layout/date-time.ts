/** The forms in which ISO 9660 and UDF record a moment. */

import { latin1 } from './field.js';

/**
 * Recording Date and Time of a directory record, 7 bytes at `at`, in milliseconds since 1970; nothing when it is unset
 * (ECMA-119 9.1.5).
 */
export function scanRecordingDate(bytes: Uint8Array, at: number): number | undefined {
  const years = bytes[at] ?? 0;
  const month = bytes[at + 1] ?? 0;
  const day = bytes[at + 2] ?? 0;
  const hour = bytes[at + 3] ?? 0;
  const minute = bytes[at + 4] ?? 0;
  const second = bytes[at + 5] ?? 0;
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) {
    return undefined;
  }
  const local = Date.UTC(1900 + years, month - 1, day, hour, minute, second);
  return toUniversal(local, bytes[at + 6] ?? 0);
}

/** Volume date and time as ISO 8601, to the second; nothing when it is unset (ECMA-119 8.4.26.1). */
export function decodeVolumeDate(field: Uint8Array): string | undefined {
  const milliseconds = scanVolumeDate(field, 0);
  return milliseconds === undefined ? undefined : formatDate(Math.floor(milliseconds / 1000) * 1000);
}

/**
 * Volume date and time, 17 bytes of digits at `at`, in milliseconds since 1970; nothing when it is unset (ECMA-119
 * 8.4.26.1).
 */
export function scanVolumeDate(bytes: Uint8Array, at: number): number | undefined {
  const digits = latin1(bytes.subarray(at, at + 16));
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?/.exec(digits);
  const month = Number(match?.[2] ?? 0);
  if (match === null || digits.startsWith('0000') || month < 1 || month > 12) {
    return undefined;
  }
  const [year = 0, , day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const local = Date.UTC(year, month - 1, day, hour, minute, second) + Number(match[7] ?? 0) * 10;
  return toUniversal(local, bytes[at + 16] ?? 0);
}

/** UDF's timestamp, 12 bytes at `at`, in milliseconds since 1970; nothing when it is unset (ECMA-167 1/7.3). */
export function scanTimestamp(bytes: Uint8Array, at: number): number | undefined {
  const zone = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  const year = (bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8);
  const month = bytes[at + 4] ?? 0;
  const day = bytes[at + 5] ?? 0;
  const hour = bytes[at + 6] ?? 0;
  const minute = bytes[at + 7] ?? 0;
  const second = bytes[at + 8] ?? 0;
  const isClock = hour <= 23 && minute <= 59 && second <= 59;
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 || !isClock) {
    return undefined;
  }
  // The lower twelve bits count minutes east of Greenwich, signed; -2047 says that nobody knows.
  const minutes = (zone << 20) >> 20;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  return minutes === UNKNOWN_ZONE ? local : local - minutes * 60_000;
}

const UNKNOWN_ZONE = -2047;

const DAY = 86_400_000;
let last = 0;
let lastText = '1970-01-01T00:00:00Z';
let lastDay = 0;
let lastDayText = '1970-01-01';

/** A moment as ISO 8601, to the second; milliseconds are given where there are any. */
export function formatDate(milliseconds: number): string {
  // Of a long list most dates, or at least their days, are the one before: to format each anew takes ten times as long.
  if (milliseconds !== last) {
    lastText = formatAnew(milliseconds);
    last = milliseconds;
  }
  return lastText;
}

function formatAnew(milliseconds: number): string {
  const day = Math.floor(milliseconds / DAY);
  if (day !== lastDay) {
    [lastDayText = ''] = new Date(milliseconds).toISOString().split('T');
    lastDay = day;
  }
  const rest = milliseconds - day * DAY;
  const seconds = Math.floor(rest / 1000);
  const time = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(twoDigits).join(':');
  const fraction = rest % 1000 === 0 ? '' : `.${String(rest % 1000).padStart(3, '0')}`;
  return `${lastDayText}T${time}${fraction}Z`;
}

function twoDigits(value: number): string {
  const whole = Math.floor(value);
  return whole < 10 ? `0${whole}` : String(whole);
}

/** `quarters` counts 15-minute steps east of Greenwich, as a signed byte. */
function toUniversal(local: number, quarters: number): number {
  return local - ((quarters << 24) >> 24) * 15 * 60_000;
}
