import { decodeVolumeDate } from '../layout/date-time.js';
import type { Boot, BootEntry } from '../read/boot.js';
import { decodeVolumeText } from '../read/file-identifier.js';
import { readImage, type Image } from '../read/image.js';
import { stopIfAborted } from '../source/stop.js';
import type { Source } from '../source/source.js';
import { stoppable } from '../source/stoppable-source.js';
import { manifestsIn } from './boot-manifest.js';
import { inputName, openInput, type ImageInput, type InputWatch } from './input.js';
import { emulationName, loaderReport, platformName } from './name.js';
import type { EntryReport, InspectReport } from './report.js';
import { OpenImage } from './open-image.js';
import { readingEdited, undoStateOf } from './undo.js';

/**
 * Says what is in an image; `input` is its path, that of a device, a stream, or an image that is open already.
 *
 * Errors: those of opening and of `readImage`; `ISO_INTERRUPTED`.
 */
export async function inspect(
  input: ImageInput | OpenImage,
  options: InputWatch = {},
): Promise<InspectReport> {
  if (input instanceof OpenImage) {
    return reportOpen(input, options);
  }
  const source = await openInput(input, options);
  try {
    return await readingEdited(source.path, async (_, undo) => {
      const report = await inspectSource(source, options);
      return { ...report, input: inputName(input), undo: undo ?? null };
    });
  } finally {
    await source.close();
  }
}

/** As `inspect`, for any source; of edits in place it knows nothing. */
export async function inspectSource(source: Source, options: InputWatch = {}): Promise<InspectReport> {
  const watched = stoppable(source, options.signal);
  const image = await readImage(watched);
  return reportImage(image, await manifestsIn(watched, image), source.name);
}

async function reportOpen(
  { model, source, name, path }: OpenImage,
  { signal }: InputWatch,
): Promise<InspectReport> {
  stopIfAborted(signal);
  const manifests = await manifestsIn(stoppable(source, signal), model);
  const undo = path === undefined ? undefined : await undoStateOf(path);
  return { ...reportImage(model, manifests, name), undo: undo ?? null };
}

function reportImage(image: Image, manifests: InspectReport['manifests'], input: string): InspectReport {
  const { descriptorSet, trees, hybrid, mediaCheck, suseDigest } = image;
  const { fields } = descriptorSet.primary;
  const text = (value: string): string => decodeVolumeText(value, 'single-byte');
  const [primary] = trees;
  return {
    schema: 'isoboot.inspect/1',
    input,
    size: image.size,
    volume: {
      id: image.volumeIdentifier,
      blocks: fields.volumeSpaceSize.littleEndian,
      blockSize: image.logicalBlockSize,
      system: text(fields.systemIdentifier),
      publisher: text(fields.publisherIdentifier),
      preparer: text(fields.dataPreparerIdentifier),
      application: text(fields.applicationIdentifier),
      created: decodeVolumeDate(fields.volumeCreationDateAndTime) ?? null,
    },
    descriptors: descriptorSet.descriptors.map(({ lba, kind }) => ({ lba, type: kind })),
    extensions: {
      joliet: trees.some(({ kind }) => kind === 'joliet'),
      rockRidge: primary?.hasRockRidge ?? false,
      udf: descriptorSet.hasUdf,
      hfs: hybrid.hfs,
      sessions: image.sessionCount ?? null,
    },
    files: (primary?.directories ?? []).reduce((files, { fileCount }) => files + fileCount, 0),
    directories: primary?.directories.length ?? 0,
    boot: image.boot === undefined ? null : reportBoot(image.boot),
    hybrid: { ...hybrid, mbrBootFileLba: hybrid.mbrBootFileLba ?? null },
    mediaCheck:
      mediaCheck === undefined
        ? null
        : {
            md5: mediaCheck.md5,
            skipSectors: mediaCheck.skipSectors,
            fragmentCount: mediaCheck.fragmentCount ?? null,
          },
    undo: null,
    suseDigest:
      suseDigest === undefined
        ? null
        : {
            algorithm: suseDigest.algorithm,
            digest: suseDigest.digest,
            padBlocks: suseDigest.padBlocks,
          },
    manifests,
    findings: image.findings,
  };
}

function reportBoot(boot: Boot): NonNullable<InspectReport['boot']> {
  return {
    recordLba: boot.recordLba,
    catalogLba: boot.catalogLba,
    sound: boot.catalog !== undefined,
    entries: boot.entries.map(reportEntry),
  };
}

/** A catalog entry as reports have it. */
export function reportEntry(entry: BootEntry): EntryReport {
  return {
    index: entry.index,
    platform: platformName(entry.platformId),
    bootable: entry.bootable,
    emulation: emulationName(entry.bootMediaType),
    loadSegment: entry.loadSegment,
    loadSize: entry.sectorCount,
    lba: entry.loadRba,
    path: entry.node?.path ?? null,
    size: entry.size,
    sizeFrom: entry.sizeFrom,
    sizeCertain: entry.sizeCertain,
    loader: loaderReport(entry.file?.loader),
    bootInfoTable: entry.bootInfoTable,
  };
}
