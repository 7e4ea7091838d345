// Gives up when it takes too long; nothing half-written is left.
//
//   node samples/library/abort.js IN OUT MILLISECONDS

import { inject, IsoError } from 'isoboot';

const [input, output, milliseconds] = process.argv.slice(2);
try {
  await inject({
    input,
    target: { kind: 'copy', path: output, force: false },
    mediaCheck: 'add',
    signal: AbortSignal.timeout(Number(milliseconds)),
    onProgress: ({ done, total }) => console.log(`${Math.floor((100 * done) / total)} %`),
  });
  console.log('done');
} catch (error) {
  if (!(error instanceof IsoError) || error.code !== 'ISO_INTERRUPTED') throw error;
  console.log('gave up');
}
