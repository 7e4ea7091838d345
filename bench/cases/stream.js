/** A large image made bootable on standard output, taken by a program that reads all of it. */
import { rmSync } from 'node:fs';
import { isoboot, output, shell } from '../program.js';
import { prove, sha256 } from '../proof.js';

const OURS = 'isoboot inject -o -, into sha256sum';
const CAT = 'cat, into sha256sum';

export const stream = {
  name: 'stream',
  inputs: ['large'],

  prepare({ paths: { large }, scratch, counts }) {
    const ours = shell('"$@" | sha256sum', ...isoboot('inject', large, '-o', '-'));
    const theirs = shell('cat "$1" | sha256sum', large);
    const digestOf = (argv) => output(argv).slice(0, 64);
    const commands = [
      {
        name: OURS,
        argvs: [ours],
        files: counts.large,
        check: () => prove(digestOf(ours) === digestOfCopy(large, scratch('out.iso')), 'the bytes of a copy'),
      },
      {
        name: CAT,
        argvs: [theirs],
        check: () => prove(digestOf(theirs) === sha256(large), 'the bytes of the image'),
      },
    ];
    return {
      commands,
      claims: [{ what: 'standard output, against cat', ours: OURS, reference: CAT, atMost: 1.3 }],
    };
  },
};

function digestOfCopy(image, out) {
  output(isoboot('inject', image, '-o', out, '--quiet'));
  const digest = sha256(out);
  rmSync(out);
  return digest;
}
