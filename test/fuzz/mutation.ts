/** Changes to an image that know what stands where. */
import { CATALOG_ENTRY_SIZE, sumOfWords, validationEntry } from '../../src/layout/el-torito.js';
import { sealedAt, udfDescriptorTag } from '../../src/layout/udf-tag.js';
import { BLOCK_SIZE } from '../../src/units.js';
import type { Random } from '../kit/random.js';
import { implants } from './implant.js';
import type { Structure, StructureTable } from './structure.js';
import { HOSTILE_NAMES, otherValue, type Surroundings } from './value.js';

/** An image that is being changed. */
export interface Mutant {
  bytes: Uint8Array;
  readonly structures: readonly Structure[];
  readonly random: Random;
  /** Bytes of another image, to be spliced in. */
  readonly other: () => Promise<Uint8Array>;
}

type Mutation = (mutant: Mutant) => void | Promise<void>;

/** How often each mutation is taken, in shares. */
const MUTATIONS: readonly (readonly [number, Mutation])[] = [
  [40, changeField],
  [6, swapFields],
  [6, copyStructure],
  [6, changeName],
  [4, turnBits],
  [4, copyBlock],
  [3, spliceBlock],
  [3, blankRange],
  [3, cutImage],
  [10, implant],
];
const SHARES = MUTATIONS.reduce((sum, [share]) => sum + share, 0);

/** Changes an image in one to six ways. */
export async function mutate(mutant: Mutant): Promise<void> {
  for (let i = mutant.random.between(1, 6); i > 0; i -= 1) {
    let at = mutant.random.next() * SHARES;
    const chosen = MUTATIONS.find(([share]) => (at -= share) < 0);
    await chosen?.[1](mutant);
  }
}

/** Kinds first: else an image of a thousand files would never get another terminator. */
function pickStructure({ structures, bytes, random }: Mutant, name?: string): Structure | undefined {
  const inside = structures.filter(({ table, offset }) => offset + table.span <= bytes.length);
  const names = [...new Set(inside.map(({ table }) => table.name))];
  const wanted = name ?? names[random.between(0, names.length - 1)];
  const kind = inside.filter(({ table }) => table.name === wanted);
  return kind[random.between(0, kind.length - 1)];
}

function surroundings({ bytes, structures }: Mutant, offset: number): Surroundings {
  return { size: bytes.length, offset, places: structures.map((each) => each.offset) };
}

function changeField(mutant: Mutant): void {
  const structure = pickStructure(mutant);
  const { random } = mutant;
  if (structure === undefined || structure.table.fields.length === 0) {
    return;
  }
  const { table, offset } = structure;
  const field = table.fields[random.between(0, table.fields.length - 1)] ?? '';
  const values = table.decode(mutant.bytes, offset);
  const { length } = table.rangeOf(field);
  const value = otherValue(values[field], length, random, surroundings(mutant, offset));
  write(mutant, structure, { ...values, [field]: value });
}

/** The values of two fields of one kind change places. */
function swapFields(mutant: Mutant): void {
  const structure = pickStructure(mutant);
  if (structure === undefined) {
    return;
  }
  const { table, offset } = structure;
  const { random } = mutant;
  const values = table.decode(mutant.bytes, offset);
  const one = table.fields[random.between(0, table.fields.length - 1)] ?? '';
  const alike = table.fields.filter((each) => isAlike(table, values, one, each));
  const other = alike[random.between(0, alike.length - 1)] ?? one;
  write(mutant, structure, { ...values, [one]: values[other], [other]: values[one] });
}

function isAlike(table: StructureTable, values: Record<string, unknown>, a: string, b: string): boolean {
  const isKind = (one: unknown, other: unknown): boolean =>
    typeof one === typeof other && one instanceof Uint8Array === other instanceof Uint8Array;
  return isKind(values[a], values[b]) && table.rangeOf(a).length === table.rangeOf(b).length;
}

/** A structure stands a second time in place of another of its kind: its name or extent is there twice then. */
function copyStructure(mutant: Mutant): void {
  const from = pickStructure(mutant);
  const to = mutant.random.chance(0.8) ? pickStructure(mutant, from?.table.name) : pickStructure(mutant);
  if (from !== undefined && to !== undefined) {
    mutant.bytes.copyWithin(to.offset, from.offset, from.offset + Math.min(from.table.span, to.table.span));
  }
}

/** Whatever stands behind a record, its name as a rule, becomes another. */
function changeName(mutant: Mutant): void {
  const { random, bytes } = mutant;
  const named = ['directory record', 'NM', 'SL', 'SL component', 'file identifier descriptor'];
  const record = pickStructure(mutant, random.chance(0.9) ? named[random.between(0, 4)] : undefined);
  if (record === undefined) {
    return;
  }
  const name = random.pick(HOSTILE_NAMES);
  const at = record.offset + record.table.span + (random.chance(0.3) ? random.between(0, 8) : 0);
  const isWide = random.chance(0.2);
  Array.from(name.slice(0, random.pick([4, 12, 30, 254]))).forEach((character, i) => {
    const code = character.charCodeAt(0);
    const place = at + (isWide ? 2 * i : i);
    bytes.set(
      [(code >> (isWide ? 8 : 0)) & 0xff, ...(isWide ? [code & 0xff] : [])].slice(
        0,
        Math.max(0, bytes.length - place),
      ),
      Math.min(place, bytes.length),
    );
  });
}

function turnBits(mutant: Mutant): void {
  const { random, bytes } = mutant;
  const at = pickStructure(mutant)?.offset ?? 0;
  for (let i = random.between(1, 8); i > 0; i -= 1) {
    const place = at + random.between(0, random.pick([64, 256, BLOCK_SIZE]));
    if (place < bytes.length) {
      bytes[place] = (bytes[place] ?? 0) ^ (1 << random.between(0, 7));
    }
  }
}

/** A whole block stands in place of another. */
function copyBlock(mutant: Mutant): void {
  const [from, to] = [pickStructure(mutant), pickStructure(mutant)];
  if (from !== undefined && to !== undefined) {
    const start = from.offset - (from.offset % BLOCK_SIZE);
    mutant.bytes.copyWithin(to.offset - (to.offset % BLOCK_SIZE), start, start + BLOCK_SIZE);
  }
}

/** A few blocks of another image, at the same place or at any. */
async function spliceBlock(mutant: Mutant): Promise<void> {
  const { random, bytes } = mutant;
  const other = await mutant.other();
  const from = random.between(0, Math.floor(other.length / BLOCK_SIZE)) * BLOCK_SIZE;
  const to = random.chance(0.6)
    ? from
    : random.between(0, Math.floor(bytes.length / BLOCK_SIZE)) * BLOCK_SIZE;
  const piece = other.subarray(from, from + random.pick([1, 1, 2, 4, 16]) * BLOCK_SIZE);
  if (to < bytes.length) {
    bytes.set(piece.subarray(0, bytes.length - to), to);
  }
}

function blankRange(mutant: Mutant): void {
  const { random, bytes } = mutant;
  const at = pickStructure(mutant)?.offset ?? 0;
  const start = random.chance(0.5) ? at - (at % BLOCK_SIZE) : at;
  bytes.fill(random.pick([0, 0, 0xff]), start, start + random.pick([4, 34, BLOCK_SIZE]));
}

/** The image ends earlier, inside a block or between two, or goes on with zeros. */
function cutImage(mutant: Mutant): void {
  const { random, bytes } = mutant;
  const at = pickStructure(mutant)?.offset ?? 0;
  const length = random.pick([
    () => at + random.pick([0, 1, -1, BLOCK_SIZE]),
    () => at - (at % BLOCK_SIZE) + random.pick([0, BLOCK_SIZE]),
    () => random.between(0, bytes.length),
    () => bytes.length - random.between(0, 20 * BLOCK_SIZE),
    () => bytes.length + random.pick([1, BLOCK_SIZE, 200 * BLOCK_SIZE]),
  ])();
  const cut = new Uint8Array(Math.max(1, length));
  cut.set(bytes.subarray(0, cut.length));
  mutant.bytes = cut;
}

/** A structure that the image need not have had before. */
function implant(mutant: Mutant): void {
  const { random, bytes } = mutant;
  const { table, offsets, values } = random.pick(implants(mutant));
  const offset = offsets[random.between(0, offsets.length - 1)] ?? 0;
  if (offset < 0 || offset + table.span > bytes.length) {
    return;
  }
  const around = surroundings(mutant, offset);
  const made = { ...table.decode(new Uint8Array(table.span), 0), ...values };
  for (const field of table.fields) {
    if (random.chance(field in values ? 0.1 : 0.6)) {
      made[field] = otherValue(made[field], table.rangeOf(field).length, random, around);
    }
  }
  write(mutant, { table, offset }, made);
}

/** Writes a structure; every other time its sums are made true, so that what it says is believed. */
function write(
  { bytes, random }: Mutant,
  { table, offset }: Structure,
  values: Record<string, unknown>,
): void {
  bytes.set(table.encode(values), offset);
  if (random.chance(0.3)) {
    return;
  }
  if (table.fields.includes('tagChecksum')) {
    sealTag(bytes, offset);
  } else if (table.name === validationEntry.name) {
    sealValidation(bytes, offset);
  }
}

function sealTag(bytes: Uint8Array, offset: number): void {
  const { descriptorCrcLength, tagLocation } = udfDescriptorTag.decode(bytes, offset);
  const length = Math.min(udfDescriptorTag.span + descriptorCrcLength, bytes.length - offset);
  bytes.set(sealedAt(bytes.subarray(offset, offset + length), tagLocation), offset);
}

function sealValidation(bytes: Uint8Array, offset: number): void {
  const entry = bytes.subarray(offset, offset + CATALOG_ENTRY_SIZE);
  const view = new DataView(entry.buffer, entry.byteOffset, entry.byteLength);
  const at = validationEntry.offsetOf('checksum');
  view.setUint16(at, (view.getUint16(at, true) - sumOfWords(entry)) & 0xffff, true);
}
