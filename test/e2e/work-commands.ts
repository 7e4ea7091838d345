/** The main commands, and how much work each may be on an image. */
import { type FileWork, type WorkDone } from '../kit/work-done.js';
import type { Place } from './work-place.js';

/** What a command may do at most; what it leaves out may not happen at all. */
interface Most {
  /** Bytes read of the images. */
  readonly read: number;
  /** Bytes written to the images. */
  readonly written?: number;
  /** Bytes written to other files. */
  readonly made?: number;
  /** Bytes in large buffers. */
  readonly buffers?: number;
}

/** A command, run in the order of the table: some go on with what the one before them made. */
export interface Command {
  readonly name: string;
  /** What its reads, writes and buffers are for. */
  readonly madeOf: string;
  readonly argv: (place: Place) => readonly string[];
  /** The images that it is given; the one that all start from, without it. */
  readonly images?: (place: Place) => readonly [string, ...string[]];
  readonly stdin?: boolean;
  readonly most: (place: Place, done: WorkDone) => Most;
}

const MIB = 1024 * 1024;
/** An undo file has a header of a block and its ranges' old bytes and heads; and 64 KiB tell one image from another. */
const UNDO = 96 * 1024;
/** The digest's buffer; it has four where it writes as well. */
const DIGEST = MIB / 4;

/** To know it, and to carry out an edit of it: each directory once, the loader once, and the MD5 in one pass. */
function planning({ promised, loader, summed }: Place): number {
  return promised + loader + summed;
}

const copies = ({ at }: Place): readonly [string, ...string[]] => [at('one.iso'), at('two.iso')];
const inPlace = ({ at }: Place): readonly [string] => [at('in-place.iso')];
const digestOf = ({ summed }: Place): number => (summed > 0 ? DIGEST : 0);

export const COMMANDS: readonly Command[] = [
  {
    name: 'inspect',
    madeOf: 'descriptors, system area, every directory and continuation area once',
    argv: ({ image }) => ['inspect', image],
    most: ({ promised }) => ({ read: promised }),
  },
  {
    name: 'ls -R',
    madeOf: 'the same of one tree; the text goes out in parts',
    argv: ({ image }) => ['ls', '-R', image],
    most: ({ promised }) => ({ read: promised }),
  },
  {
    name: 'extract',
    madeOf:
      'the descriptors, one tree, its records once more, and each file once; two buffers for whatever is large',
    argv: ({ image, wanted, at }) => ['extract', image, wanted, '-o', at('extracted')],
    most: ({ promised }, { others }) => ({
      read: promised + others.bytesWritten,
      made: others.bytesWritten,
      buffers: 2 * MIB,
    }),
  },
  {
    name: 'inject --dry-run',
    madeOf: 'the model, the loader, the pointers to what moves; the new MD5 in one pass',
    argv: ({ image }) => ['inject', image, '--dry-run'],
    most: (place) => ({ read: planning(place), buffers: digestOf(place) }),
  },
  {
    name: 'inject to a copy',
    madeOf:
      'the plan, one copy by the system, the new MD5 in one pass; the copy is read again as the image was',
    argv: ({ image, at }) => ['inject', image, '-o', at('copy.iso')],
    most: (place) => ({
      read: place.size + planning(place),
      made: place.newSize + place.changed,
      buffers: digestOf(place) + 4 * place.changed,
    }),
  },
  {
    name: 'inject to standard output',
    madeOf:
      'the plan, the new MD5 in one pass, the proof, and one pass to the stream by two buffers of 1 MiB',
    argv: ({ image }) => ['inject', image, '-o', '-'],
    most: (place) => ({
      read: place.size + place.promised + planning(place),
      buffers: digestOf(place) + 2 * MIB,
    }),
  },
  {
    name: 'inject from standard input to standard output',
    madeOf: 'what comes is held for the plan and passed on; with an MD5, a temporary file and the line above',
    stdin: true,
    argv: () => ['inject', '-', '-o', '-'],
    most: (place) => ({
      read: 0,
      made: place.summed > 0 ? place.size : 0,
      buffers: place.summed > 0 ? DIGEST + 4 * MIB : place.size + 3 * MIB,
    }),
  },
  {
    name: 'inject in place',
    madeOf:
      'the plan, old bytes to the undo file, the patches, each group synced; the result is read as the image was',
    argv: (place) => ['inject', ...inPlace(place), '--in-place'],
    images: inPlace,
    most: (place) => ({
      read: place.promised + planning(place) + 4 * place.changed + UNDO,
      written: place.changed,
      made: 2 * place.changed + UNDO,
      buffers: digestOf(place) + 5 * place.changed + UNDO,
    }),
  },
  {
    name: 'extract-boot',
    madeOf: 'the model and the boot file',
    argv: (place) => ['extract-boot', ...inPlace(place), '-o', place.at('boot.bin')],
    images: inPlace,
    most: ({ promised, loader }) => ({ read: promised + 2 * loader, made: loader }),
  },
  {
    name: 'undo',
    madeOf: 'the undo file, what tells the image, and the changed bytes: read, put back, read again',
    argv: (place) => ['undo', ...inPlace(place)],
    images: inPlace,
    most: ({ changed }) => ({
      read: 2 * changed + UNDO,
      written: changed,
      made: UNDO,
      buffers: changed + 2 * UNDO,
    }),
  },
  {
    name: 'remove-boot in place',
    madeOf: 'the model, the boot file, an undo file, the patches, and the proof',
    argv: ({ at }) => ['remove-boot', at('copy.iso'), '--in-place'],
    images: ({ at }) => [at('copy.iso')],
    most: (place) => ({
      read: 2 * place.promised + place.summed + 4 * place.changed,
      written: UNDO,
      made: UNDO,
      buffers: digestOf(place) + 2 * place.changed + UNDO,
    }),
  },
  {
    name: 'media-check',
    madeOf: 'the descriptor, and one pass over what the MD5 covers by one buffer',
    argv: ({ image }) => ['media-check', image],
    most: ({ summed }) => ({ read: summed + 2048, buffers: DIGEST }),
  },
  {
    name: 'compare',
    madeOf: 'the model, and one pass over both by two buffers of 1 MiB each',
    argv: ({ image, at }) => ['compare', at('in-place.iso'), '--against', image],
    images: ({ image, at }) => [image, at('in-place.iso')],
    most: ({ size, promised }) => ({ read: 2 * size + promised, buffers: 4 * MIB }),
  },
  {
    name: 'batch',
    madeOf: 'two copies; an MD5 is taken in the pass that copies',
    argv: (place) => ['batch', ...copies(place), '--out-dir', place.at('made')],
    images: copies,
    most: (place) => ({
      read: 2 * (place.size + place.promised + place.loader),
      made: 2 * (place.newSize + place.changed),
      buffers: 2 * (4 * digestOf(place) + 4 * place.changed),
    }),
  },
  {
    name: 'batch with a report',
    madeOf: 'the same, and the sha256 of each input and output in one pass more',
    argv: (place) => [
      'batch',
      ...copies(place),
      '--out-dir',
      place.at('again'),
      '--report',
      place.at('report.jsonl'),
    ],
    images: copies,
    most: (place) => ({
      read: 2 * (2 * place.size + place.promised + place.loader),
      made: 2 * (place.newSize + place.changed),
      buffers: 2 * (4 * digestOf(place) + 4 * place.changed) + 4 * MIB + 2 * (place.size + place.newSize),
    }),
  },
];

/** What goes beyond what a command may do. */
export function excessOf({ images, others, buffers }: WorkDone, most: Most): string[] {
  const { read, written = 0, made = 0 } = most;
  const limits: readonly (readonly [string, number, number])[] = [
    ['bytes read', images.bytesRead, read],
    ['bytes written', images.bytesWritten, written],
    ['bytes written to other files', others.bytesWritten, made],
    ['bytes in large buffers', buffers.bytes, most.buffers ?? 0],
  ];
  return limits
    .filter(([, found, limit]) => found > limit)
    .map(([what, found, limit]) => `${what}: ${found} of ${limit}`);
}

/** All figures in a line; what is 0 is left out. */
export function figuresOf({ images, others, buffers }: WorkDone): string {
  const parts = [
    ['images', workText(images)],
    ['others', workText(others)],
    [
      'buffers',
      listed([
        [buffers.count, ''],
        [buffers.bytes, 'bytes'],
      ]),
    ],
  ] as const;
  return parts
    .filter(([, text]) => text !== '')
    .map(([what, text]) => `${what}: ${text}`)
    .join(' | ');
}

function workText(work: FileWork): string {
  return listed([
    [work.reads, 'reads'],
    [work.bytesRead, 'bytes'],
    [work.bytesReadAgain, 'again'],
    [work.writes, 'writes'],
    [work.bytesWritten, 'bytes'],
    [work.syncs, 'syncs'],
    [work.sizes, 'sizes'],
    [work.copies, 'copies'],
  ]);
}

function listed(numbers: readonly (readonly [number, string])[]): string {
  return numbers
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`.trim())
    .join(', ');
}
