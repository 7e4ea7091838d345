import { resolve } from 'node:path';
import { LOCAL_ENTRY } from '../job/added-entry.js';
import { statsAt } from '../source/stats.js';
import { filesBrought, findClashes } from './clash.js';
import { expandInput } from './expansion.js';
import { jobKey, type BatchJob } from './job.js';
import type { Manifest, PlacedEntry } from './manifest.js';
import { BatchRefusal, type Mistake, type Place } from './mistake.js';
import { outputPath, templateMistake } from './output-name.js';
import { PathIdentity } from './path-identity.js';
import { EXCLUDING, onlyReads, withDefaults, type Deed, type Entry } from './settings.js';

/** What a batch is made from. */
export interface ListRequest {
  readonly manifest: Manifest;
  /** The folder that relative paths start from. */
  readonly base: string;
  /** Whether names that differ in case alone are the same, as on Windows and macOS. */
  readonly foldsCase: boolean;
  /** Where the report goes: no job may write there, or read it. */
  readonly report?: string | undefined;
}

type Complete = Entry & { readonly do: Deed };

/**
 * The jobs of a batch, in the order of its manifest.
 *
 * Errors: a `BatchRefusal` that knows every mistake, with `ISO_BATCH_MANIFEST`, `ISO_BATCH_NO_IMAGE` or
 * `ISO_BATCH_OUTPUT`; nothing was started then.
 */
export async function listJobs({ manifest, base, foldsCase, report }: ListRequest): Promise<BatchJob[]> {
  const mistakes: Mistake[] = [...manifest.mistakes];
  const identity = new PathIdentity(foldsCase);
  const named: { job: BatchJob; found: boolean }[] = [];
  const fileStates = new Map<string, string>();
  for (const placed of manifest.entries) {
    const entry = withDefaults(placed.entry, manifest.defaults);
    const wrong = mistakesIn(entry, placed);
    const { paths, found } =
      wrong.length > 0 ? { paths: [], found: true } : await expandInput(entry.input, base);
    wrong.push(...(wrong.length > 0 ? [] : countMistakes(entry, paths.length, placed)));
    mistakes.push(...wrong);
    for (const path of wrong.length > 0 ? [] : paths) {
      const job = makeJob(entry, path, named.length + 1, base, placed.placeOf());
      const states = filesBrought(job.settings).map((file) => stateOf(file, fileStates));
      named.push({ job: { ...job, key: jobKey(job, states) }, found });
    }
  }
  const jobs = await withoutResults(named, identity);
  mistakes.push(...(await findClashes(jobs, identity, report)));
  if (mistakes.length > 0) {
    throw new BatchRefusal(mistakes);
  }
  return jobs.map((job, i) => ({ ...job, index: i + 1 }));
}

function mistakesIn(entry: Complete, { placeOf }: PlacedEntry): Mistake[] {
  const mistake = (field: keyof Entry, message: string): Mistake => ({
    code: 'ISO_BATCH_MANIFEST',
    message,
    ...placeOf(field),
  });
  const found: Mistake[] = [];
  for (const group of EXCLUDING) {
    const [first, second] = group.filter((name) => entry[name] !== undefined && entry[name] !== false);
    if (first !== undefined && second !== undefined) {
      found.push(mistake(second, `does not go with ${first}`));
    }
  }
  if (entry.donorEntry !== undefined && entry.donor === undefined) {
    found.push(mistake('donorEntry', 'goes with donor'));
  }
  if ((entry.add ?? []).filter((text) => text.startsWith(LOCAL_ENTRY)).length > 1) {
    found.push(mistake('add', 'only one local image can be added'));
  }
  const template = entry.name === undefined ? undefined : templateMistake(entry.name);
  return template === undefined ? found : [...found, mistake('name', template)];
}

function countMistakes(entry: Complete, count: number, { placeOf }: PlacedEntry): Mistake[] {
  if (count === 0) {
    const message = `${entry.input} names no image`;
    return [{ code: 'ISO_BATCH_NO_IMAGE', message, ...placeOf('input') }];
  }
  const single = (['output', 'expect'] as const).find((field) => entry[field] !== undefined);
  return count === 1 || single === undefined
    ? []
    : [
        {
          code: 'ISO_BATCH_MANIFEST',
          message: `is for one image, and these are ${count}`,
          ...placeOf(single),
        },
      ];
}

function makeJob(entry: Complete, input: string, index: number, base: string, place: Place): BatchJob {
  const settings = settingsOf(entry);
  const path = (name: string | undefined): string | undefined => name && resolve(base, name);
  const inPlace = settings.inPlace === true;
  const resolved = {
    ...settings,
    bootFile: path(settings.bootFile),
    donor: path(settings.donor),
    add: settings.add?.map((text) =>
      text.startsWith(LOCAL_ENTRY) ? `${LOCAL_ENTRY}${resolve(base, text.slice(LOCAL_ENTRY.length))}` : text,
    ),
  };
  return {
    index,
    input,
    output: onlyReads(settings) ? undefined : inPlace ? input : outputPath(entry, input, index, base),
    settings: withoutUndefined(resolved) as BatchJob['settings'],
    key: '',
    place,
  };
}

const WHERE = ['input', 'output', 'outDir', 'name'];

/** What a job is told, without what says where things are. */
function settingsOf(entry: Complete): BatchJob['settings'] {
  const fields = Object.entries(entry).filter(([name]) => !WHERE.includes(name));
  return Object.fromEntries(fields) as unknown as BatchJob['settings'];
}

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Size and time of a file that jobs bring along: another one makes another result. */
function stateOf(path: string, states: Map<string, string>): string {
  const known = states.get(path);
  if (known !== undefined) {
    return known;
  }
  const stats = statsAt(path);
  const state = stats === undefined ? '' : `${stats.size} ${stats.mtimeMs}`;
  states.set(path, state);
  return state;
}

/** Without the images in a folder that are results of others there: an earlier run put them where it looks now. */
async function withoutResults(
  named: readonly { readonly job: BatchJob; readonly found: boolean }[],
  identity: PathIdentity,
): Promise<BatchJob[]> {
  const writers = new Map<string, BatchJob>();
  for (const { job } of named) {
    if (job.output !== undefined && job.settings.inPlace !== true) {
      writers.set(await identity.of(job.output), job);
    }
  }
  const kept: BatchJob[] = [];
  for (const { job, found } of named) {
    const writer = found ? writers.get(await identity.of(job.input)) : undefined;
    if (writer === undefined || writer === job) {
      kept.push(job);
    }
  }
  return kept;
}
