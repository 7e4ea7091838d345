import { Structure, type Layout } from 'buffer-layout';
import { IsoError } from '../errors.js';
import type { Field } from './field.js';

/** Where a field lies in its structure, in bytes. */
export interface FieldRange {
  /** Bytes from the start of the structure. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** The fields of a structure by their names. */
type Fields = Readonly<Record<string, Field<unknown>>>;

/** What a table's fields decode to. */
export type Decoded<F> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** What a table decodes to. */
export type ValueOf<T> = T extends Table<infer F> ? Decoded<F> : never;

/**
 * One on-disk structure, declared once: decoding, encoding and the place of every field come from the
 * same list. Every byte belongs to a named field, so that `encode(decode(x))` is `x`.
 */
export class Table<F extends Fields> {
  /** What errors call the structure. */
  readonly name: string;
  /** Length in bytes. */
  readonly span: number;
  readonly #structure: Structure<Decoded<F>>;
  readonly #ranges: ReadonlyMap<string, FieldRange>;

  constructor(name: string, fields: F) {
    this.name = name;
    const named = Object.entries(fields).map(([property, field]): Layout<unknown> =>
      field.replicate(property),
    );
    this.#structure = new Structure(named, name);
    this.span = this.#structure.span;
    this.#ranges = rangesOf(named);
  }

  /** Decodes the structure that starts at `at`; `ISO_SOURCE_BOUNDS` when the bytes end before it does. */
  decode(bytes: Uint8Array, at = 0): Decoded<F> {
    if (at < 0 || at + this.span > bytes.length) {
      throw new IsoError('ISO_SOURCE_BOUNDS', `${this.name} is cut short`, {
        offset: at,
        found: Math.max(0, bytes.length - at),
        wanted: this.span,
      });
    }
    return this.#structure.decode(bytes, at);
  }

  /** The structure's bytes. */
  encode(value: Decoded<F>): Uint8Array {
    const bytes = new Uint8Array(this.span);
    this.#structure.encode(value, bytes);
    return bytes;
  }

  /** Where a field lies, from the start of the structure. */
  rangeOf(field: keyof F & string): FieldRange {
    const range = this.#ranges.get(field);
    if (range === undefined) {
      throw new IsoError('ISO_INTERNAL', `${this.name} has no field ${field}`);
    }
    return range;
  }

  /** The offset of a field from the start of the structure. */
  offsetOf(field: keyof F & string): number {
    return this.rangeOf(field).offset;
  }
}

function rangesOf(fields: readonly Layout<unknown>[]): Map<string, FieldRange> {
  const ranges = new Map<string, FieldRange>();
  let offset = 0;
  for (const { property, span } of fields) {
    ranges.set(property ?? '', { offset, length: span });
    offset += span;
  }
  return ranges;
}

/** Declares the table of a structure. */
export function table<F extends Fields>(name: string, fields: F): Table<F> {
  return new Table(name, fields);
}
