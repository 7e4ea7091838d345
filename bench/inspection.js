import { isoboot, output } from './program.js';
import { prove } from './proof.js';

/** The command that reads everything: its map says what each block belongs to. */
export function inspection(image, files) {
  const argv = isoboot('inspect', image);
  return {
    name: `isoboot inspect, ${files} files`,
    argvs: [argv],
    files,
    check: () => prove(/BENCH/.test(output(argv)), 'names the volume'),
  };
}
