/** Counts the large buffers that work asks for, at the constructors that all of them come from. */

/** From this size on a buffer counts: what is smaller is no chunk of an image. */
export const LARGE = 64 * 1024;

/** What was asked for. */
export interface LargeBuffers {
  count: number;
  bytes: number;
}

type Constructor = new (...args: never[]) => object;
type Maker = (...args: never[]) => Uint8Array;

const TYPES = ['Uint8Array', 'Uint16Array', 'Uint32Array', 'Float64Array', 'ArrayBuffer'] as const;
const MAKERS = ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const;

/**
 * Counts until the function given back is called. Views of a buffer that is there count nothing, copies do; whether memory
 * is given back, and when, is not looked at: that is the machine's business.
 */
export function countLargeBuffers(found: LargeBuffers): () => void {
  const note = (length: number): void => {
    if (length >= LARGE) {
      found.count += 1;
      found.bytes += length;
    }
  };
  const undo = [
    ...TYPES.map((name) => replaceType(name, note)),
    ...MAKERS.map((name) => replaceMaker(name, note)),
  ];
  return () => undo.forEach((each) => each());
}

/** `slice`, `from` and the like make their results by the constructor that the prototype names. */
function replaceType(name: (typeof TYPES)[number], note: (length: number) => void): () => void {
  const holder = globalThis as unknown as Record<string, Constructor>;
  const original = globalThis[name] as unknown as Constructor & {
    readonly prototype: { constructor: unknown };
  };
  const counting = new Proxy(original, {
    construct(target, args: never[], newTarget): object {
      const made = Reflect.construct(target, args, newTarget) as ArrayBuffer | Uint8Array;
      const isView =
        (args[0] as unknown) instanceof ArrayBuffer || (args[0] as unknown) instanceof SharedArrayBuffer;
      note(isView ? 0 : made.byteLength);
      return made;
    },
  });
  holder[name] = counting;
  original.prototype.constructor = counting;
  return () => {
    holder[name] = original;
    original.prototype.constructor = original;
  };
}

function replaceMaker(name: (typeof MAKERS)[number], note: (length: number) => void): () => void {
  const holder = Buffer as unknown as Record<(typeof MAKERS)[number], Maker>;
  const original = holder[name];
  holder[name] = (...args) => {
    const made = original.apply(Buffer, args);
    note(made.length);
    return made;
  };
  return () => {
    holder[name] = original;
  };
}
