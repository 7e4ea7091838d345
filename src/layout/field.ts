/**
 * The kinds of field that disc structures are made of, as `Layout`s of buffer-layout.
 *
 * The package's own integers want Node's `Buffer`, and its blob is silently short at the end of the bytes;
 * these work on any `Uint8Array`, check their bounds and raise `IsoError`.
 */

import { Layout } from 'buffer-layout';
import { IsoError } from '../errors.js';

/** A number recorded twice, least significant byte first and then most significant first (ECMA-119 7.2.3, 7.3.3). */
export interface BothByteOrders {
  readonly littleEndian: number;
  readonly bigEndian: number;
}

/** The same number in both byte orders. */
export function bothByteOrders(value: number): BothByteOrders {
  return { littleEndian: value, bigEndian: value };
}

/** Whether the two halves hold the same number. */
export function halvesAgree(value: BothByteOrders): boolean {
  return value.littleEndian === value.bigEndian;
}

/** A field of fixed length in a table. */
export abstract class Field<T> extends Layout<T> {
  /** Takes the value out of bytes at an offset. */
  override decode(bytes: Uint8Array, offset = 0): T {
    return this.get(this.viewOf(bytes, offset));
  }

  /** Puts a value into bytes at an offset, and says how many those were. */
  override encode(value: T, bytes: Uint8Array, offset = 0): number {
    this.set(this.viewOf(bytes, offset), value);
    return this.span;
  }

  protected abstract get(view: DataView): T;
  protected abstract set(view: DataView, value: T): void;

  private viewOf(bytes: Uint8Array, offset: number): DataView {
    if (offset + this.span > bytes.length) {
      throw new IsoError('ISO_SOURCE_BOUNDS', 'a structure is cut short', {
        offset,
        found: bytes.length - offset,
        wanted: this.span,
      });
    }
    return new DataView(bytes.buffer, bytes.byteOffset + offset, this.span);
  }
}

class NumberField extends Field<number> {
  constructor(
    span: number,
    private readonly read: (view: DataView) => number,
    private readonly write: (view: DataView, value: number) => void,
  ) {
    super(span);
  }

  protected override get(view: DataView): number {
    return this.read(view);
  }

  protected override set(view: DataView, value: number): void {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * this.span)) {
      throw new IsoError('ISO_INTERNAL', 'a number does not fit its field', {
        found: value,
        wanted: 2 ** (8 * this.span) - 1,
      });
    }
    this.write(view, value);
  }
}

class BigNumberField extends Field<bigint> {
  protected override get(view: DataView): bigint {
    return view.getBigUint64(0, true);
  }

  protected override set(view: DataView, value: bigint): void {
    view.setBigUint64(0, value, true);
  }
}

class BothByteOrdersField extends Field<BothByteOrders> {
  constructor(
    private readonly little: Field<number>,
    private readonly big: Field<number>,
  ) {
    super(little.span + big.span);
  }

  protected override get(view: DataView): BothByteOrders {
    const bytes = bytesOf(view);
    return { littleEndian: this.little.decode(bytes), bigEndian: this.big.decode(bytes, this.little.span) };
  }

  protected override set(view: DataView, value: BothByteOrders): void {
    const bytes = bytesOf(view);
    this.little.encode(value.littleEndian, bytes);
    this.big.encode(value.bigEndian, bytes, this.little.span);
  }
}

class BytesField extends Field<Uint8Array> {
  protected override get(view: DataView): Uint8Array {
    return bytesOf(view).slice();
  }

  protected override set(view: DataView, value: Uint8Array): void {
    if (value.length !== this.span) {
      throw new IsoError('ISO_INTERNAL', 'bytes do not fit their field', {
        found: value.length,
        wanted: this.span,
      });
    }
    bytesOf(view).set(value);
  }
}

class CharactersField extends Field<string> {
  constructor(
    span: number,
    private readonly padding: string,
  ) {
    super(span);
  }

  protected override get(view: DataView): string {
    return latin1(bytesOf(view));
  }

  protected override set(view: DataView, value: string): void {
    if (value.length > this.span) {
      throw new IsoError('ISO_INTERNAL', 'characters do not fit their field', {
        found: value.length,
        wanted: this.span,
      });
    }
    const padded = value.padEnd(this.span, this.padding);
    bytesOf(view).set(Uint8Array.from(padded, (character) => character.charCodeAt(0) & 0xff));
  }
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** A call takes its arguments from the stack, which has an end. */
const CHARACTERS_AT_ONCE = 1024;

/** Bytes as one character each; unlike a `TextDecoder` of that name, it maps every byte to itself. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHARACTERS_AT_ONCE) {
    // Spreading would go through the iterator of the array, at seven times the cost; names are decoded by the thousand.
    const piece = bytes.subarray(at, at + CHARACTERS_AT_ONCE) as unknown as number[];
    text += String.fromCharCode.apply(null, piece);
  }
  return text;
}

/** Characters that are being put together: an array for each length, as to shorten one takes longer than to fill it. */
const ASCII: number[][] = [];

/** Bytes from `start` to `end` as text, no more than a name may have; nothing where one of them is no ASCII. */
export function asciiAt(bytes: Uint8Array, start: number, end: number): string | undefined {
  // Names are decoded by the thousand: `latin1`, with a view of the bytes of each, would take twice as long.
  const characters = (ASCII[end - start] ??= new Array<number>(end - start).fill(0));
  let all = 0;
  for (let i = 0; i < characters.length; i += 1) {
    const byte = bytes[start + i] ?? 0;
    characters[i] = byte;
    all |= byte;
  }
  return all < 0x80 ? String.fromCharCode.apply(null, characters) : undefined;
}

/** One byte (ECMA-119 7.1.1). */
export function u8(): Field<number> {
  return new NumberField(
    1,
    (view) => view.getUint8(0),
    (view, value) => view.setUint8(0, value),
  );
}

/** Two bytes, least significant first (ECMA-119 7.2.1). */
export function u16le(): Field<number> {
  return new NumberField(
    2,
    (view) => view.getUint16(0, true),
    (view, value) => view.setUint16(0, value, true),
  );
}

/** Two bytes, most significant first (ECMA-119 7.2.2). */
export function u16be(): Field<number> {
  return new NumberField(
    2,
    (view) => view.getUint16(0),
    (view, value) => view.setUint16(0, value),
  );
}

/** Four bytes, least significant first (ECMA-119 7.3.1). */
export function u32le(): Field<number> {
  return new NumberField(
    4,
    (view) => view.getUint32(0, true),
    (view, value) => view.setUint32(0, value, true),
  );
}

/** Four bytes, most significant first (ECMA-119 7.3.2). */
export function u32be(): Field<number> {
  return new NumberField(
    4,
    (view) => view.getUint32(0),
    (view, value) => view.setUint32(0, value),
  );
}

/** Eight bytes, least significant first; a `bigint`, since not every value is a safe integer. */
export function u64le(): Field<bigint> {
  return new BigNumberField(8);
}

/** Two bytes in each order (ECMA-119 7.2.3). */
export function both16(): Field<BothByteOrders> {
  return new BothByteOrdersField(u16le(), u16be());
}

/** Four bytes in each order (ECMA-119 7.3.3). */
export function both32(): Field<BothByteOrders> {
  return new BothByteOrdersField(u32le(), u32be());
}

/** Bytes as they stand. */
export function bytes(length: number): Field<Uint8Array> {
  return new BytesField(length);
}

/** Characters, one a byte, as they stand with their padding; encoding pads on the right (ECMA-119 7.4). */
export function characters(length: number, padding = ' '): Field<string> {
  return new CharactersField(length, padding);
}
