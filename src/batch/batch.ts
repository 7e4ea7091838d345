/** All of `isoboot batch` that the command line needs, to be loaded when it is. */

export type { BatchJob } from './job.js';
export { listJobs } from './job-list.js';
export { summarise, type BatchJobReport, type JobSummary } from './job-report.js';
export { parseManifest } from './manifest.js';
export { readReport, ReportFile } from './report-file.js';
export { runBatch } from './run.js';
