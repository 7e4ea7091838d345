// Plans an injection, shows every change, and writes a copy.
//
//   node samples/library/plan.js IN OUT

import { apply, openImage, planInject } from 'isoboot';

const [input, output] = process.argv.slice(2);
const image = await openImage(input);
try {
  // The loader is looked for at the known places; `bootPath`, `bootFile` or `donor` would name it.
  const plan = await planInject(image);
  for (const { offset, length, phase, why } of plan.list.patches)
    console.log(`${phase}: ${offset} +${length}  ${why}`);

  // Nothing has been written so far. The result is read again and held against the plan before it gets its name.
  const report = await apply(plan, { target: { kind: 'copy', path: output, force: false } });
  console.log(`boots ${report.bootFile.path}, ${report.bytesChanged} bytes written to ${report.output}`);
} finally {
  await image.close();
}
