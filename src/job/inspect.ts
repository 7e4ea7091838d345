import { decodeVolumeDate } from '../layout/date-time.js';
import type { Boot, BootEntry } from '../read/boot.js';
import { decodeVolumeText } from '../read/file-identifier.js';
import { readImage, type Image } from '../read/image.js';
import type { Source } from '../source/source.js';
import { manifestsIn } from './boot-manifest.js';
import { inputName, openInput, type ImageInput, type InputWatch } from './input.js';
import { emulationName, loaderReport, platformName } from './name.js';
import type { EntryReport, InspectReport } from './report.js';
import { readingEdited } from './undo.js';

/** Reads an image, a device or a stream and says what is in it. Errors: those of opening and of `readImage`. */
export async function inspect(input: ImageInput, watch: InputWatch = {}): Promise<InspectReport> {
  const source = await openInput(input, watch);
  try {
    return await readingEdited(source.path, async (_, undo) => {
      const report = await inspectSource(source);
      return { ...report, input: inputName(input), undo: undo ?? null };
    });
  } finally {
    await source.close();
  }
}

/** As `inspect`, for any source; of edits in place it knows nothing. */
export async function inspectSource(source: Source): Promise<InspectReport> {
  const image = await readImage(source);
  return reportImage(image, await manifestsIn(source, image), source.name);
}

function reportImage(image: Image, manifests: InspectReport['manifests'], input: string): InspectReport {
  const { descriptorSet, trees, hybrid, mediaCheck, suseDigest } = image;
  const { fields } = descriptorSet.primary;
  const text = (value: string): string => decodeVolumeText(value, 'single-byte');
  const [primary] = trees;
  const children = (primary?.directories ?? []).flatMap((directory) => directory.children ?? []);
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
    files: children.filter(({ isDirectory }) => !isDirectory).length,
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
