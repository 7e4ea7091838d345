// Makes an image bootable in one call, and looks at the result.
//
//   node samples/library/inject.js IN OUT

import { inject, inspect, IsoError } from 'isoboot';

const [input, output] = process.argv.slice(2);
if (input === undefined || output === undefined) {
  console.error('usage: node samples/library/inject.js IN OUT');
  process.exit(2);
}

try {
  const before = await inspect(input);
  console.log(`${before.volume.id}: ${before.files} files, ${before.boot ? 'bootable' : 'not bootable'}`);

  // `target` says where the result goes: a copy, the image itself (with an undo file), or a stream.
  // The loader is looked for at the known places; `bootPath`, `bootFile` or `donor` would name it.
  const report = await inject({ input, target: { kind: 'copy', path: output, force: false } });

  console.log(`boots ${report.bootFile.path}, ${report.bytesChanged} bytes written:`);
  for (const { offset, length, what } of report.changes) console.log(`  ${offset} +${length}  ${what}`);

  // `inject` has proved its result already. This is how a program would look at it.
  const after = await inspect(output);
  for (const entry of after.boot.entries) {
    console.log(`entry ${entry.index}: ${entry.path}, boot info table ${entry.bootInfoTable}`);
  }
} catch (error) {
  // Whatever is wrong with an image or a request comes as an IsoError. Rely on the code, never on the words.
  if (!(error instanceof IsoError)) throw error;
  if (error.code === 'ISO_PLAN_ALREADY_BOOTABLE') console.error('nothing to do: use the image as it is');
  else console.error(`${error.code}: ${error.message}`);
  process.exitCode = error.exitCode;
}
