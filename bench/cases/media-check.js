/** Whether a large image has the MD5 that it carries. */
import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { isoboot, output } from '../program.js';

const OURS = 'isoboot media-check';
const THEIRS = 'checkisomd5';

export const mediaCheck = {
  name: 'media-check',
  inputs: ['checked'],

  prepare({ paths: { checked }, counts }) {
    const command = (name, argv) => ({ name, argvs: [argv], check: () => proveNoticed(checked, argv) });
    return {
      commands: [
        { ...command(OURS, isoboot('media-check', checked)), files: counts.checked },
        command(THEIRS, ['checkisomd5', checked]),
      ],
      claims: [{ what: OURS, ours: OURS, reference: THEIRS, atMost: 1.1 }],
    };
  },
};

/** One byte in the middle that is another is noticed. */
function proveNoticed(image, argv) {
  const at = Math.floor(statSync(image).size / 2);
  flip(image, at);
  try {
    output(argv, 1);
  } finally {
    flip(image, at);
  }
  return 'one changed byte is noticed';
}

function flip(image, at) {
  const byte = Buffer.alloc(1);
  const handle = openSync(image, 'r+');
  readSync(handle, byte, 0, 1, at);
  writeSync(handle, Buffer.of(byte[0] ^ 0xff), 0, 1, at);
  closeSync(handle);
}
