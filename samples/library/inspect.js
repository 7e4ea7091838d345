// Opens an image once and looks into it.
//
//   node samples/library/inspect.js IN

import { inspect, openImage } from 'isoboot';

const [input] = process.argv.slice(2);
const image = await openImage(input);
try {
  // What `isoboot inspect --json` prints.
  const report = await inspect(image);
  console.log(`${report.volume.id}: ${report.files} files, ${report.boot ? 'bootable' : 'not bootable'}`);

  // The model behind it: descriptors, trees, boot catalog, and what lies in which block.
  for (const { kind, directories } of image.model.trees)
    console.log(`${kind} tree: ${directories.length} directories`);
  for (const { severity, code, message } of image.model.findings)
    console.log(`${severity} ${code}: ${message}`);
} finally {
  await image.close();
}
