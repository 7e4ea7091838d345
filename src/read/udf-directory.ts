/** Scans a UDF directory's bytes for file identifier descriptors, by the offsets of the layout table. */

import { FILE_CHARACTERISTIC, fileIdentifierDescriptor } from '../layout/udf-file.js';
import { TAG_IDENTIFIER, tagChecksumHolds, udfDescriptorTag } from '../layout/udf-tag.js';
import { decodeCompressedUnicode } from '../layout/udf-text.js';

const AT = {
  tag: udfDescriptorTag.offsetOf('tagIdentifier'),
  characteristics: fileIdentifierDescriptor.offsetOf('fileCharacteristics'),
  identifierLength: fileIdentifierDescriptor.offsetOf('lengthOfFileIdentifier'),
  block: fileIdentifierDescriptor.offsetOf('icbLocation'),
  partitionReference: fileIdentifierDescriptor.offsetOf('icbPartitionReference'),
  implementationUseLength: fileIdentifierDescriptor.offsetOf('lengthOfImplementationUse'),
};

/** Descriptors are padded to whole words (ECMA-167 4/14.4.9). */
const ALIGNMENT = 4;

/** A name in a directory, and where its file entry lies. */
export interface ScannedIdentifier {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly partitionReference: number;
  readonly block: number;
}

/**
 * The names in a directory, without its parent's and those of deleted files. `onBad` gets the offset of the first
 * descriptor that is none; behind it nothing can be found.
 */
export function* scanIdentifiers(
  bytes: Uint8Array,
  onBad: (at: number) => void,
): Generator<ScannedIdentifier> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.length) {
    const length = lengthAt(bytes, view, at);
    if (length === undefined) {
      onBad(at);
      return;
    }
    const characteristics = bytes[at + AT.characteristics] ?? 0;
    if ((characteristics & (FILE_CHARACTERISTIC.deleted | FILE_CHARACTERISTIC.parent)) === 0) {
      const identifierAt =
        at + fileIdentifierDescriptor.span + view.getUint16(at + AT.implementationUseLength, true);
      yield {
        name: decodeCompressedUnicode(bytes, identifierAt, bytes[at + AT.identifierLength] ?? 0),
        isDirectory: (characteristics & FILE_CHARACTERISTIC.directory) !== 0,
        partitionReference: view.getUint16(at + AT.partitionReference, true),
        block: view.getUint32(at + AT.block, true),
      };
    }
    at += length;
  }
}

/** The length of the descriptor at `at`; nothing when there is none. */
function lengthAt(bytes: Uint8Array, view: DataView, at: number): number | undefined {
  if (
    at + fileIdentifierDescriptor.span > bytes.length ||
    view.getUint16(at + AT.tag, true) !== TAG_IDENTIFIER.fileIdentifier ||
    !tagChecksumHolds(bytes, at)
  ) {
    return undefined;
  }
  const length =
    fileIdentifierDescriptor.span +
    view.getUint16(at + AT.implementationUseLength, true) +
    (bytes[at + AT.identifierLength] ?? 0);
  const padded = Math.ceil(length / ALIGNMENT) * ALIGNMENT;
  return at + length > bytes.length ? undefined : padded;
}
