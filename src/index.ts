/** isoboot as a library: the same jobs that the command line runs, and the parts they are made of. */

export { openImage, type Closable, type OpenImage, type OpenImageOptions } from './job/open-image.js';
export { apply } from './job/apply.js';
export type { ApplyOptions, EditOptions } from './job/edit-options.js';
export type { CarriedOut, EditPlan, PlanOptions } from './job/edit-plan.js';
export { inject } from './job/inject.js';
export { planInject, type InjectPlan } from './job/inject-plan.js';
export type { InjectChoice, InjectOptions } from './job/inject-options.js';
export type { InjectTarget, StreamTarget } from './job/target.js';
export {
  planRemoveBoot,
  removeBoot,
  type RemoveBootChoice,
  type RemoveBootOptions,
  type RemoveBootPlan,
  type RemoveBootReport,
} from './job/remove-boot.js';
export {
  editMediaCheck,
  planEditMediaCheck,
  type FieldContent,
  type MediaCheckChoice,
  type MediaCheckEditOptions,
  type MediaCheckEditReport,
} from './job/media-check-edit.js';
export { mediaCheck, type MediaCheckOptions, type MediaCheckReport } from './job/media-check.js';
export { compare, type CompareOptions, type CompareReport } from './job/compare.js';
export { inspect, inspectSource } from './job/inspect.js';
export type { ImageInput, InputWatch } from './job/input.js';
export { extractBoot, type ExtractBootOptions, type ExtractBootReport } from './job/extract-boot.js';
export { extract, type ExtractOptions } from './job/extract.js';
export type { ExtractedEntryReport, ExtractReport } from './job/extract-report.js';
export { list, type ListOptions, type ListReport, type ListedReport } from './job/list.js';
export { undo, type UndoReport } from './job/undo.js';
export { runBatch, type BatchManifest, type BatchOptions } from './batch/batch-run.js';
export type { BatchEvent, JobEvent } from './batch/event.js';
export type { BatchJob } from './batch/job.js';
export type { BatchJobReport, JobSummary } from './batch/job-report.js';
export type { BatchReport } from './batch/summary.js';
export type { SkipReason, Status as JobStatus } from './batch/outcome.js';
export type { Deed, Defaults as BatchDefaults, Entry as BatchEntry } from './batch/settings.js';
export { BatchRefusal, type Mistake } from './batch/mistake.js';
export { parseExpectation, type Expectation } from './job/expectation.js';
export type { AddedEntry, BootChoice } from './job/boot-choice.js';
export type { Logger } from './job/logger.js';
export type {
  BootsReport,
  ChangeReport,
  EntryReport,
  ExtractedReport,
  InjectReport,
  InspectReport,
  LoaderReport,
} from './job/report.js';
export { planInjection, type InjectionPlan, type PlanStep } from './plan/inject.js';
export type { Patch, PatchList, Phase } from './plan/patch.js';
export type { EntryRequest, InjectRequest } from './plan/request.js';
export { readImage, type Image, type ReadImageOptions } from './read/image.js';
export { FileSource } from './source/file-source.js';
export { MemorySource } from './source/memory-source.js';
export type { Source } from './source/source.js';
export { ERROR_CODES, EXIT, IsoError, type ExitCode, type IsoErrorCode } from './errors.js';
