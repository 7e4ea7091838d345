import { EXIT, type CodeMeaning } from './exit.js';

/** The part of the code table that is about the command line and the manifests of `isoboot batch`. */
export const USAGE_CODES = {
  ISO_USAGE_ARGUMENT: {
    meaning: 'An option or argument is unknown, missing or has a value outside its range.',
    exit: EXIT.usage,
    clause: 'command line',
  },
  ISO_USAGE_CONFLICT: {
    meaning: 'Two options that exclude each other were given together.',
    exit: EXIT.usage,
    clause: 'command line',
  },
  ISO_USAGE_NOT_YET: {
    meaning: 'The option is part of the contract, but this version does not have it yet.',
    exit: EXIT.usage,
    clause: 'command line',
  },
  ISO_USAGE_SAME_FILE: {
    meaning: 'Input and output are the same file; editing a file where it lies needs --in-place.',
    exit: EXIT.usage,
    clause: 'command line',
  },
  ISO_BATCH_MANIFEST: {
    meaning: 'A batch manifest cannot be read, or has a field that is unknown, missing or out of place.',
    exit: EXIT.usage,
    clause: 'batch manifest',
  },
  ISO_BATCH_NO_IMAGE: {
    meaning: 'A folder or glob of a batch names no image.',
    exit: EXIT.usage,
    clause: 'isoboot batch',
  },
  ISO_BATCH_OUTPUT: {
    meaning: 'Two jobs of a batch have the same output, or the output of one is an input of another.',
    exit: EXIT.usage,
    clause: 'isoboot batch',
  },
  ISO_BATCH_REPORT: {
    meaning: 'The file to resume a batch from is no report of one.',
    exit: EXIT.usage,
    clause: 'isoboot batch',
  },
} as const satisfies Record<string, CodeMeaning>;
