// Edits an image where it lies, and takes the edit back.
//
//   node samples/library/in-place.js IMAGE

import { inject, inspect, undo } from 'isoboot';

const [input] = process.argv.slice(2);

const report = await inject({ input, target: { kind: 'in-place' } });
console.log(`edited, with the old bytes in ${report.undo}`);
console.log((await inspect(input)).boot ? 'bootable' : 'not bootable');

const { bytes } = await undo({ input });
console.log(`${bytes} bytes put back`);
console.log((await inspect(input)).boot ? 'bootable' : 'not bootable');
