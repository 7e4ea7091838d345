/** The strings that a field of a JSON report may have, taken from the types. */
import { SKIP_REASONS, STATUSES } from '../../src/batch/outcome.js';
import type { Names } from '../../src/job/list.js';
import type { MediaCheckReport } from '../../src/job/media-check.js';
import type { FieldContent } from '../../src/job/media-check-edit.js';
import type { Fate } from '../../src/job/remove-boot.js';
import type { InjectReport } from '../../src/job/report.js';
import type { FragmentForm } from '../../src/layout/media-check-sum.js';
import type { CatalogPlacement } from '../../src/plan/boot-catalog.js';
import type { ClaimKind } from '../../src/read/allocation-map.js';
import type { BootInfoTableState } from '../../src/read/boot-file.js';
import type { SizeFrom } from '../../src/read/boot-image.js';
import type { DescriptorKind } from '../../src/read/descriptor-set.js';
import type { ManifestAlgorithm } from '../../src/read/manifest-line.js';
import type { Severity } from '../../src/read/finding.js';
import type { UndoFile } from '../../src/sink/undo-reader.js';
import { EMULATIONS, PLATFORMS } from '../../src/job/name.js';
import { PHASES } from '../../src/plan/patch.js';

/** The strings of a closed set, every one of them: the compiler misses what is left out. */
function allOf<T extends string>(set: Readonly<Record<T, true>>): string[] {
  return Object.keys(set);
}

/** The closed sets of the JSON reports, by the field or word that the document lists each under. */
export const CLOSED_SETS: Readonly<Record<string, readonly string[]>> = {
  status: STATUSES,
  reason: SKIP_REASONS,
  mode: allOf<InjectReport['mode']>({ 'in-place': true, copy: true, stream: true }),
  platform: PLATFORMS,
  emulation: EMULATIONS,
  placement: [
    ...allOf<CatalogPlacement>({
      'free-block': true,
      appended: true,
      'reused-file': true,
      overwritten: true,
    }),
    'unchanged',
  ],
  phase: PHASES,
  type: allOf<DescriptorKind>({
    primary: true,
    joliet: true,
    supplementary: true,
    enhanced: true,
    'el-torito': true,
    'boot-record': true,
    partition: true,
    terminator: true,
    unknown: true,
  }),
  sizeFrom: allOf<SizeFrom>({
    'directory-record': true,
    'boot-info-table': true,
    emulation: true,
    mbr: true,
    fat: true,
    gap: true,
    'sector-count': true,
  }),
  bootInfoTable: allOf<BootInfoTableState>({ valid: true, stale: true, absent: true }),
  fate: allOf<Fate>({ blanked: true, 'cut-off': true, left: true }),
  kind: allOf<ClaimKind>({
    'system area': true,
    'volume descriptor': true,
    'UDF recognition sequence': true,
    'path table': true,
    directory: true,
    file: true,
    'continuation area': true,
    'boot catalog': true,
    'boot image': true,
    'hybrid boot image': true,
    'UDF structure': true,
    'UDF file': true,
    'UDF partition': true,
    'HFS structure': true,
    'HFS file': true,
    'HFS volume': true,
    'partition table': true,
    partition: true,
  }),
  result: allOf<MediaCheckReport['result']>({ pass: true, fail: true, incomplete: true }),
  form: allOf<FragmentForm>({ isomd5sum: true, 'isomd5sum-1.2.4': true }),
  algorithm: allOf<ManifestAlgorithm>({
    md5: true,
    sha1: true,
    sha224: true,
    sha256: true,
    sha384: true,
    sha512: true,
    blake2b: true,
  }),
  replaced: allOf<FieldContent>({ isomd5sum: true, suse: true, other: true }),
  severity: allOf<Severity>({ note: true, warning: true, error: true }),
  names: allOf<Names>({ 'rock-ridge': true, joliet: true, iso: true, udf: true }),
  state: allOf<UndoFile['status']>({ done: true, editing: true, undoing: true, incomplete: true }),
};
