import type { MediaCheckPlan } from '../plan/media-check.js';
import type { PatchList, SourceName } from '../plan/patch.js';
import type { Source } from '../source/source.js';
import type { Logger } from './logger.js';
import type { Closable, OpenImage } from './open-image.js';

/** What planning an edit is told besides what is to be done. */
export interface PlanOptions {
  /** Stops the work, which then fails with `ISO_INTERRUPTED`. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of what is done; without one, nothing is said. */
  readonly logger?: Logger | undefined;
}

/** What carrying out a plan came to. */
export interface CarriedOut {
  /** The plan's list, with the new media check in it. */
  readonly list: PatchList;
  /** Nothing for a dry run, and where nothing had to be done. */
  readonly output: string | null;
  /** Path of the undo file that was left. */
  readonly undo: string | null;
  /** Of the result, where the whole of it was read anyway. */
  readonly sha256: string | null;
  /** Where the result went. */
  readonly mode: 'in-place' | 'copy' | 'stream';
  /** Whether nothing was written. */
  readonly dryRun: boolean;
}

/** An edit that is planned and can be looked at; `apply` carries it out, and gives what it reports. */
export interface EditPlan<Report> {
  /** The image that it is for; it stays open until the plan was applied. */
  readonly image: OpenImage;
  /** Every write in its order; but for the sum of a media check, which takes one read of the image to know. */
  readonly list: PatchList;
  /** What becomes of the media check. */
  readonly mediaCheck: MediaCheckPlan;
  /** Whether the image is as wanted already, so that nothing is to be written. */
  readonly alreadyDone: boolean;
  /** Sources of bytes that are not in the image, such as a local boot file. */
  readonly sources: ReadonlyMap<SourceName, Source>;
  /** Holds the result against the plan. `sameTrees`: it was edited where it lies, and what was read of it may serve. */
  check(
    result: Source,
    how: {
      /** Whether the image was edited where it lies. */
      readonly sameTrees: boolean;
    },
  ): Promise<unknown>;
  /** What is told of the edit once it was carried out. */
  report(done: CarriedOut): Report;
  /** Closes the sources of the plan; closing the image does so as well. */
  close(): Promise<void>;
  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What makes up a plan. */
type Parts<Report> = Omit<
  EditPlan<Report>,
  'close' | 'sources' | 'alreadyDone' | typeof Symbol.asyncDispose
> &
  Partial<Pick<EditPlan<Report>, 'sources' | 'alreadyDone'>>;

/** Makes a plan that is closed with its image, if not before. */
export function editPlan<Report>(parts: Parts<Report>): EditPlan<Report> {
  const { sources = new Map<SourceName, Source>() } = parts;
  const close = (): Promise<void> => closeAll(sources);
  parts.image.hold({ close });
  return { alreadyDone: false, ...parts, sources, close, [Symbol.asyncDispose]: close };
}

/** Closes sources, which may be done more than once. */
export async function closeAll(sources: ReadonlyMap<SourceName, Closable>): Promise<void> {
  await Promise.all([...sources.values()].map((each) => each.close()));
}
