/** The part of buffer-layout that the tables use; the package ships no types of its own. */
declare module 'buffer-layout' {
  /** Translates between bytes and a value; `span` is its length in bytes. */
  export class Layout<T> {
    constructor(span: number, property?: string);
    readonly span: number;
    readonly property: string | undefined;
    decode(bytes: Uint8Array, offset?: number): T;
    encode(value: T, bytes: Uint8Array, offset?: number): number;
    getSpan(bytes?: Uint8Array, offset?: number): number;
    /** A copy of this layout that fills the property of that name in a `Structure`. */
    replicate(property: string): this;
  }

  /** Fields one behind the other, decoded into one object. */
  export class Structure<T> extends Layout<T> {
    constructor(fields: readonly Layout<unknown>[], property?: string);
    /** The offset of a field from the start of the structure; nothing if it has none of that name. */
    offsetOf(property: string): number | undefined;
    /** The field of that name. */
    layoutFor(property: string): Layout<unknown> | undefined;
  }
}
