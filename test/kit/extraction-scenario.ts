/** The commands that take something out of an image, and those that write to a stream: what may be left of them. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Writable } from 'node:stream';
import { extract } from '../../src/job/extract.js';
import { extractBoot } from '../../src/job/extract-boot.js';
import { inject } from '../../src/job/inject.js';
import { removeBoot } from '../../src/job/remove-boot.js';
import type { EditOptions } from '../../src/job/edit-options.js';
import { IMAGE, lay, OUTPUT, type Expectation, type Files } from './scenario.js';

/** A command whose results are files beside the image. */
export interface ExtractionScenario {
  readonly command: string;
  readonly sink: 'copy';
  readonly begin: (folder: string, bytes: Uint8Array) => Promise<Files>;
  readonly run: (folder: string) => Promise<unknown>;
  /** The same with leave to replace what an earlier run left whole. */
  readonly again: (folder: string) => Promise<unknown>;
}

/** A command that writes to a stream. */
export interface StreamScenario {
  readonly command: string;
  readonly sink: 'stream';
  readonly begin: (folder: string, bytes: Uint8Array) => Promise<Files>;
  readonly run: (folder: string, stream: Writable) => Promise<unknown>;
}

type Begin = ExtractionScenario['begin'];

const asItIs: Begin = (_folder, bytes) => Promise.resolve(new Map([[IMAGE, bytes]]));

const injected: Begin = async (folder, bytes) => {
  await lay(folder, new Map([[IMAGE, bytes]]));
  const path = join(folder, OUTPUT);
  await inject({ input: join(folder, IMAGE), target: { kind: 'copy', path, force: true } });
  return new Map([[IMAGE, await readFile(path)]]);
};

function savesBoot(folder: string, force: boolean): Promise<unknown> {
  const what = { kind: 'entry', index: 1, output: join(folder, OUTPUT) } as const;
  return extractBoot({ input: join(folder, IMAGE), what, force });
}

function extractsAll(folder: string, force: boolean): Promise<unknown> {
  const { platform } = process;
  return extract({
    input: join(folder, IMAGE),
    paths: ['/'],
    folder: join(folder, 'files'),
    force,
    platform,
  });
}

/** What takes something out. */
export const EXTRACTIONS: readonly ExtractionScenario[] = [
  {
    command: 'extract-boot',
    sink: 'copy',
    begin: injected,
    run: (folder) => savesBoot(folder, false),
    again: (folder) => savesBoot(folder, true),
  },
  {
    command: 'extract',
    sink: 'copy',
    begin: asItIs,
    run: (folder) => extractsAll(folder, false),
    again: (folder) => extractsAll(folder, true),
  },
];

function streams(
  command: string,
  begin: Begin,
  run: (options: EditOptions) => Promise<unknown>,
): StreamScenario {
  return {
    command,
    sink: 'stream',
    begin,
    run: (folder, stream) => run({ input: join(folder, IMAGE), target: { kind: 'stream', stream } }),
  };
}

/** What writes to a stream. */
export const STREAMS: readonly StreamScenario[] = [
  streams('inject', asItIs, inject),
  streams('remove-boot', injected, removeBoot),
  {
    command: 'extract-boot',
    sink: 'stream',
    begin: injected,
    run: (folder, output) =>
      extractBoot({ input: join(folder, IMAGE), what: { kind: 'entry', index: 1, output } }),
  },
];

/** All files below a folder: path in it -> bytes. */
export async function treeOf(folder: string): Promise<Files> {
  const files = new Map<string, Uint8Array>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name);
      files.set(relative(folder, path), await readFile(path));
    }
  }
  return files;
}

/** Does an extraction once without trouble, and gives what it starts from and what it may leave. */
export async function rehearseExtraction(
  scenario: ExtractionScenario,
  folder: string,
  bytes: Uint8Array,
): Promise<Expectation> {
  const begin = await scenario.begin(folder, bytes);
  await lay(folder, begin);
  await scenario.run(folder);
  const image = begin.get(IMAGE) ?? bytes;
  const end = await treeOf(folder);
  return { begin, end, images: [image], output: end.get(OUTPUT) };
}
