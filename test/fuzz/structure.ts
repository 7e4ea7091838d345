/** Where an image has which structures, each with the table that declares its fields. */
import type { FieldRange } from '../../src/layout/table.js';

/** A table of whatever fields, looked at field by field. */
export interface StructureTable {
  readonly name: string;
  /** Bytes. */
  readonly span: number;
  readonly fields: readonly string[];
  rangeOf(field: string): FieldRange;
  /** The values of all fields by their names. */
  decode(bytes: Uint8Array, at: number): Record<string, unknown>;
  encode(values: Record<string, unknown>): Uint8Array;
}

/** A structure of an image, by its byte offset. */
export interface Structure {
  readonly table: StructureTable;
  readonly offset: number;
}

/** The plain part of a table's type: what its own has to know of its fields is of no use here. */
type Plain = Pick<StructureTable, 'name' | 'span' | 'rangeOf' | 'encode'> & {
  decode(bytes: Uint8Array, at?: number): unknown;
};

const known = new Map<unknown, StructureTable>();

/** A table of the layout as one to be looked at field by field. */
export function structureTable(table: object): StructureTable {
  const found = known.get(table);
  if (found !== undefined) {
    return found;
  }
  const plain = table as unknown as Plain;
  const decode = (bytes: Uint8Array, at: number): Record<string, unknown> =>
    plain.decode(bytes, at) as Record<string, unknown>;
  const made: StructureTable = {
    name: plain.name,
    span: plain.span,
    fields: Object.keys(decode(new Uint8Array(plain.span), 0)),
    rangeOf: (field) => plain.rangeOf(field),
    decode,
    encode: (values) => plain.encode(values),
  };
  known.set(table, made);
  return made;
}

/** The structures of an image as they are found: those inside it, each once. */
export class StructureList {
  readonly #found = new Map<string, Structure>();

  constructor(readonly bytes: Uint8Array) {}

  get all(): Structure[] {
    return [...this.#found.values()];
  }

  /** Notes a structure, unless it is not wholly inside the image; says whether it is new. */
  add(table: object, offset: number): boolean {
    const each = structureTable(table);
    const key = `${each.name} ${offset}`;
    const isInside = Number.isSafeInteger(offset) && offset >= 0 && offset + each.span <= this.bytes.length;
    if (!isInside || this.#found.has(key)) {
      return false;
    }
    this.#found.set(key, { table: each, offset });
    return true;
  }

  /** The bytes at an offset, as far as there are any. */
  at(offset: number, length: number): Uint8Array {
    return this.bytes.subarray(Math.max(0, offset), Math.max(0, offset + length));
  }
}
