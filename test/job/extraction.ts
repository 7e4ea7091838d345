/** Rock Ridge images to extract from, and the extraction. */
import { extract, type ExtractOptions } from '../../src/job/extract.js';
import type { ExtractReport } from '../../src/job/extract-report.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { ascii } from '../kit/golden.js';
import { dots, ImageBuilder, joined, record, ROOT, type RecordSpec } from '../kit/image-builder.js';
import { nm, px, sp } from '../kit/rock-ridge.js';
import type { Place } from './place.js';

const LINK = 0o120777;

/** A Rock Ridge image; directories by their blocks, the root's among them. */
export function disc(
  directories: Readonly<Record<number, readonly RecordSpec[]>>,
  blocks = 60,
): ImageBuilder {
  const image = new ImageBuilder(blocks).primary().terminator(17);
  for (const [block, records] of Object.entries(directories)) {
    const own = dots(Number(block), ROOT, sp());
    image.directory(Number(block), [...own, ...records.map((each) => record(each))]);
  }
  return image;
}

let files = 0;

/** A record with a Rock Ridge name; the file is `hello` unless told. */
export function entry(
  name: string,
  spec: Partial<RecordSpec> = {},
  ...more: readonly Uint8Array[]
): RecordSpec {
  files += 1;
  const plain = { name: `F${files};1`, at: 40, length: 5 };
  return { ...plain, ...spec, systemUse: joined(nm(name), ...more) };
}

/** A directory of one block. */
export function folder(name: string, at: number, ...more: readonly Uint8Array[]): RecordSpec {
  return entry(name, { at, length: BLOCK_SIZE, directory: true }, ...more);
}

/** A symbolic link. */
export function link(name: string, ...target: readonly Uint8Array[]): RecordSpec {
  return entry(name, { length: 0 }, px(LINK), ...target);
}

/** Extracts from an image; all of it into `out`, unless told. */
export async function take(
  place: Place,
  image: ImageBuilder,
  options: Partial<ExtractOptions> = {},
): Promise<ExtractReport> {
  const input = await place.put('in.iso', image.put(40, ascii('hello')).bytes);
  return extract({ input, paths: ['/'], folder: place.at('out'), platform: 'linux', ...options });
}
