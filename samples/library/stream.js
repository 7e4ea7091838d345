// Sends a bootable image through a stream, here one that compresses it; no copy lies on disk.
//
//   node samples/library/stream.js IN OUT.gz

import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { inject } from 'isoboot';

const [input, output] = process.argv.slice(2);
const gzip = createGzip();
const written = pipeline(gzip, createWriteStream(output));

// The stream is left open: more could follow. What goes into it was proved before its first byte.
const report = await inject({ input, target: { kind: 'stream', stream: gzip, digest: true } });
gzip.end();
await written;
console.log(`sha256 of the image: ${report.sha256}`);
