/** Images of very many files: their lists, and how the time grows with their number. */
import { inspection } from '../inspection.js';
import { isoboot, PYCDLIB_LIST } from '../program.js';
import { proveListed } from '../proof.js';
import { PYTHON } from '../tools.js';

const OURS = 'isoboot ls -R';

export const crowd = {
  name: 'crowd',
  inputs: ['half', 'crowded'],

  prepare({ paths: { half, crowded }, counts }) {
    const files = counts.crowded;
    const list = (name, needs, argv) => {
      return { name, needs, argvs: [argv], check: () => proveListed(argv, files) };
    };
    const all = inspection(crowded, files);
    const fewer = inspection(half, counts.half);
    const others = [
      list('bsdtar -tf', ['bsdtar'], ['bsdtar', '-tf', crowded]),
      list('7z l', ['7z'], ['7z', 'l', crowded]),
      list(
        'xorriso -find',
        ['xorriso'],
        ['xorriso', '-indev', `stdio:${crowded}`, '-find', '/', '--', '-end'],
      ),
      list('isoinfo -f', ['isoinfo'], ['isoinfo', '-R', '-f', '-i', crowded]),
      list('pycdlib walk', ['pycdlib'], [PYTHON, PYCDLIB_LIST, crowded]),
    ];
    // Others than these two are there to compare with.
    const targets = { 'bsdtar -tf': { atMost: 1 }, '7z l': { atMost: 1 } };
    const claims = others.map(({ name }) => {
      return { what: `${OURS}, against ${name}`, ours: OURS, reference: name, ...targets[name] };
    });
    const growth = { what: 'isoboot inspect, twice the files', ours: all.name, reference: fewer.name };
    return {
      commands: [{ ...list(OURS, [], isoboot('ls', '-R', crowded)), files }, ...others, fewer, all],
      claims: [...claims, { ...growth, atMost: 2.3 }],
    };
  },
};
