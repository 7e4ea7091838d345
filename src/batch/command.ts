import type { Writable } from 'node:stream';
import { parseAddedEntry } from '../job/added-entry.js';
import { parseExpectation } from '../job/expectation.js';
import { extractBoot } from '../job/extract-boot.js';
import type { InjectOptions } from '../job/inject-options.js';
import { inject } from '../job/inject.js';
import { inspect } from '../job/inspect.js';
import type { Logger } from '../job/logger.js';
import { editMediaCheck } from '../job/media-check-edit.js';
import { mediaCheck } from '../job/media-check.js';
import { emulationNumber, platformNumber } from '../job/name.js';
import { removeBoot } from '../job/remove-boot.js';
import type { InjectTarget } from '../job/target.js';
import type { OnProgress } from '../sink/progress.js';
import type { BatchJob } from './job.js';
import type { CommandReport } from './outcome.js';
import type { Settings } from './settings.js';

/** What a job is watched and stopped by. */
export interface Watching {
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly logger?: Logger | undefined;
}

/** Does what a job says, as the single command would; with `stream`, the result goes there and not to its file. */
export async function runCommand(
  job: BatchJob,
  watching: Watching,
  stream?: Writable,
): Promise<CommandReport> {
  const { input, settings } = job;
  const edit = {
    input,
    target: targetOf(job, stream),
    expect: settings.expect === undefined ? undefined : parseExpectation(settings.expect),
    force: settings.force,
    amongMany: true,
    ...watching,
  };
  const { mediaCheck: wish, action = 'judge' } = settings;
  switch (settings.do) {
    case 'inject':
      return inject({ ...edit, ...injectOptions(settings) });
    case 'remove-boot':
      return removeBoot({ ...edit, mediaCheck: wish === 'strip' ? 'strip' : 'keep' });
    case 'media-check':
      return action === 'judge' ? mediaCheck({ input, ...watching }) : editMediaCheck({ ...edit, action });
    case 'inspect':
      return inspect(input, { signal: watching.signal });
    case 'extract-boot':
      return extractBoot({ input, what: whatToExtract(job, stream), force: settings.force, ...watching });
  }
}

function targetOf({ output = '', settings }: BatchJob, stream: Writable | undefined): InjectTarget {
  if (stream !== undefined) {
    return { kind: 'stream', stream, recycle: true, digest: true };
  }
  return settings.inPlace === true
    ? { kind: 'in-place', undo: settings.undo === false ? false : undefined }
    : { kind: 'copy', path: output, force: settings.force === true };
}

function whatToExtract({ output: path = '', settings }: BatchJob, stream: Writable | undefined) {
  const output = stream ?? path;
  return settings.catalog === true
    ? ({ kind: 'catalog', output } as const)
    : ({ kind: 'entry', index: settings.entry ?? 1, output } as const);
}

function injectOptions(settings: Settings): Omit<InjectOptions, 'input' | 'target'> {
  const { bootInfoTable, emulation, platform, add = [], replace } = settings;
  return {
    bootPath: settings.bootPath,
    bootFile: settings.bootFile,
    donor: settings.donor,
    donorEntry: settings.donorEntry,
    efi: settings.efi,
    bootInfoTable: bootInfoTable === undefined ? 'auto' : bootInfoTable ? 'yes' : 'no',
    loadSize: settings.loadSize,
    loadSegment: settings.loadSegment,
    bootMediaType: emulation === undefined ? undefined : emulationNumber(String(emulation)),
    platformId: platform === undefined ? undefined : platformNumber(platform),
    id: settings.id,
    reuseCatalog: settings.reuseCatalog ?? true,
    add: add.map(parseAddedEntry),
    replace,
    // What was added or replaced by an earlier run is not done again.
    ensure: settings.ensure === true || replace === true || add.length > 0,
    mediaCheck: settings.mediaCheck ?? 'keep',
  };
}
