// Makes every image in a folder bootable, and tells how it goes.
//
//   node samples/library/batch.js FOLDER OUT

import { runBatch } from 'isoboot';

const [folder, outDir] = process.argv.slice(2);
// What a manifest of `isoboot batch` says; the path of one would do as well.
const manifest = { defaults: { outDir }, jobs: [{ input: folder }] };

for await (const event of runBatch({ manifest })) {
  switch (event.kind) {
    case 'jobs':
      console.log(`${event.jobs.length} jobs`);
      break;
    case 'end':
      console.log(`${event.report.input}: ${event.report.error?.code ?? event.report.status}`);
      break;
    case 'summary':
      console.log(JSON.stringify(event.summary.counts));
      break;
    // There are `start` and `progress` as well. Leaving the loop cancels what is under way.
  }
}
