import { readFile } from 'node:fs/promises';
import { IsoError } from '../errors.js';

/** The published schema of manifests; what is validated by it is what is documented by it. */
const SCHEMA = new URL('../../docs/schema/batch-manifest.schema.json', import.meta.url);

/** The text of the schema of manifests. Errors: `ISO_INTERNAL` where an installation is not whole. */
export function readManifestSchema(): Promise<string> {
  return readFile(SCHEMA, 'utf8').catch((error: unknown) => {
    throw new IsoError('ISO_INTERNAL', 'the schema of manifests is missing', { cause: error });
  });
}
