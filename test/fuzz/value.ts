/** Values that break readers: for the fields of structures, by their kind. */
import { bothByteOrders, type BothByteOrders } from '../../src/layout/field.js';
import { BLOCK_SIZE } from '../../src/units.js';
import type { Random } from '../kit/random.js';

/** What an image has that a field may be made to point at. */
export interface Surroundings {
  /** Bytes in the image. */
  readonly size: number;
  /** Where the structure itself stands. */
  readonly offset: number;
  /** Where structures stand, by their byte offsets. */
  readonly places: readonly number[];
}

/** Names that lead out of folders, drive terminals, or are none. */
export const HOSTILE_NAMES: readonly [string, ...string[]] = [
  '..',
  '.',
  '../../victim',
  '/etc/victim',
  'a/b',
  'nul\0name',
  '\0',
  '\x01',
  '',
  ' ',
  'CON',
  'C:\\victim',
  '\x1b]0;owned\x07',
  '\x9b31m',
  '\u202egpj.exe',
  ';1',
  '.;1',
  'ISOLINUX.BIN;1',
  'x'.repeat(254),
];

/** Numbers that are special wherever they stand, or in this image. */
function numbersFor(value: number, most: number, random: Random, around: Surroundings): number {
  const blocks = Math.floor(around.size / BLOCK_SIZE);
  const place = around.places[random.between(0, Math.max(0, around.places.length - 1))] ?? 0;
  const choices: readonly [() => number, ...(() => number)[]] = [
    () => random.pick([0, 0, 1, 2, 3, 7, 15, 16, 17, 18, 31, 33, 34, 64, 255, 256]),
    () => random.pick([most, most - 1, Math.floor(most / 2), Math.floor(most / 2) + 1, 0x80, 0x7f]),
    () => value + random.pick([1, -1, 2, -2, BLOCK_SIZE, -BLOCK_SIZE]),
    () => value * random.pick([2, 3, 256]),
    () => random.pick([around.size, around.size - 1, around.size + 1, blocks, blocks - 1, blocks + 1]),
    () => Math.floor(around.offset / BLOCK_SIZE) + random.pick([0, 0, 0, 1, -1]),
    () => Math.floor(place / BLOCK_SIZE) + random.pick([0, 0, 0, 0, 1]),
    () => random.pick([BLOCK_SIZE, BLOCK_SIZE - 1, BLOCK_SIZE + 1, 512, 1024, 4096, 65_536, 1_048_576]),
    () => Math.floor(random.next() * (most + 1)),
    () => value ^ (1 << random.between(0, 30)),
  ];
  return random.pick(choices)();
}

function fitted(value: number, most: number): number {
  const modulus = most + 1;
  return ((Math.trunc(value) % modulus) + modulus) % modulus;
}

/** Another value for a field of `length` bytes that has this one; of the same kind. */
export function otherValue(value: unknown, length: number, random: Random, around: Surroundings): unknown {
  if (typeof value === 'number') {
    const most = 2 ** (8 * length) - 1;
    return fitted(numbersFor(value, most, random, around), most);
  }
  if (typeof value === 'bigint') {
    return otherBigint(value, random, around);
  }
  if (typeof value === 'string') {
    return otherText(value, length, random);
  }
  if (value instanceof Uint8Array) {
    return otherBytes(value, random, around);
  }
  return isBoth(value) ? otherBoth(value, length / 2, random, around) : value;
}

function isBoth(value: unknown): value is BothByteOrders {
  return typeof value === 'object' && value !== null && 'littleEndian' in value;
}

/** Both halves alike, so that the lie is believed, or one of them. */
function otherBoth(
  value: BothByteOrders,
  length: number,
  random: Random,
  around: Surroundings,
): BothByteOrders {
  const other = otherValue(value.littleEndian, length, random, around) as number;
  const half = random.next();
  if (half < 0.8) {
    return bothByteOrders(other);
  }
  return half < 0.9 ? { ...value, littleEndian: other } : { ...value, bigEndian: other };
}

function otherBigint(value: bigint, random: Random, around: Surroundings): bigint {
  if (random.chance(0.3)) {
    return (
      random.pick([2n ** 64n - 1n, 2n ** 63n, 2n ** 53n, 2n ** 53n - 1n, 2n ** 32n, value << 32n]) % 2n ** 64n
    );
  }
  return BigInt(fitted(numbersFor(Number(value % 2n ** 32n), 2 ** 32 - 1, random, around), 2 ** 32 - 1));
}

function otherText(value: string, length: number, random: Random): string {
  if (random.chance(0.3)) {
    const at = random.between(0, length - 1);
    return value.slice(0, at) + String.fromCharCode(random.between(0, 255)) + value.slice(at + 1);
  }
  return latin(random.pick(HOSTILE_NAMES)).slice(0, length);
}

/** One byte a character, as texts of a disc are. */
function latin(text: string): string {
  return Array.from(text, (character) => String.fromCharCode(character.charCodeAt(0) & 0xff)).join('');
}

/** Bytes with one word of them replaced, all the same, or with a few bits turned. */
function otherBytes(value: Uint8Array, random: Random, around: Surroundings): Uint8Array {
  const copy = value.slice();
  const how = random.next();
  if (how < 0.2) {
    return copy.fill(random.pick([0, 0xff, 0x20, 0x41]));
  }
  if (how < 0.5 || copy.length < 4) {
    for (let i = random.between(1, 4); i > 0 && copy.length > 0; i -= 1) {
      const at = random.between(0, copy.length - 1);
      copy[at] = (copy[at] ?? 0) ^ (1 << random.between(0, 7));
    }
    return copy;
  }
  const view = new DataView(copy.buffer);
  const at = Math.min(4 * random.between(0, Math.floor(copy.length / 4) - 1), copy.length - 4);
  const isLittle = random.chance(0.6);
  const number = numbersFor(view.getUint32(at, isLittle), 2 ** 32 - 1, random, around);
  view.setUint32(at, fitted(number, 2 ** 32 - 1), isLittle);
  return copy;
}
