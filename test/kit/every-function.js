// Calls every public function once, without a logger; what it prints is what the library prints by itself.
//
//   node every-function.js IMAGE FOLDER

import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import * as isoboot from 'isoboot';

const [input, folder] = process.argv.slice(2);
const at = (name) => join(folder, name);
const called = new Set();

/** The library, noting what of it is called. */
const library = new Proxy(isoboot, {
  get: (target, name) => {
    called.add(name);
    return target[name];
  },
});
const { apply, editMediaCheck, inject, inspect, openImage, planInject, removeBoot, undo } = library;
const copy = (name) => ({ kind: 'copy', path: at(name), force: false });

await inspect(input);
await library.inspectSource(new library.MemorySource(new Uint8Array(40_000))).catch((error) => {
  if (!(error instanceof library.IsoError)) throw error;
});
const image = await openImage(input);
await apply(await planInject(image, { mediaCheck: 'add' }), { target: copy('planned.iso') });
await apply(await library.planEditMediaCheck(image, { action: 'implant' }), {
  target: copy('x.iso'),
  dryRun: true,
});
await inject({ input, target: copy('boots.iso') });
await inject({ input, target: { kind: 'stream', stream: new Writable({ write: (_, __, done) => done() }) } });
copyFileSync(input, at('edited.iso'));
await inject({ input: at('edited.iso'), target: { kind: 'in-place' } });
await undo({ input: at('edited.iso') });
const boots = await openImage(at('boots.iso'));
await library.planRemoveBoot(boots);
await removeBoot({ input: at('boots.iso'), target: copy('removed.iso') });
await editMediaCheck({ input, target: copy('sum.iso'), action: 'implant' });
await library.mediaCheck({ input: at('sum.iso') });
await library.compare({ input, against: at('removed.iso') });
await library.list({ input, recursive: true });
await library.extract({ input, paths: ['/'], folder: at('files') });
await library.extractBoot({ input: at('boots.iso'), what: { kind: 'all', folder: at('boot') } });
for await (const event of library.runBatch({
  manifest: { jobs: [{ input: at('sum.iso') }, { input: at('none.iso') }] },
})) {
  if (event.kind === 'summary' && event.summary.counts.done !== 1) throw new Error('the batch failed');
}
await library.inject({ input: at('none.iso'), target: copy('never.iso') }).catch(() => undefined);
await library.readImage(image.source);
const source = await library.FileSource.open(input);
await source.close();
library.parseExpectation(`md5:${'0'.repeat(32)}`);
const request = { entries: [], idString: '', reuseCatalog: true, mediaCheck: 'keep' };
library.planInjection(image.model, request, []);
await image.close();
await boots.close();

const missing = Object.keys(isoboot).filter(
  (name) => typeof isoboot[name] === 'function' && !called.has(name),
);
writeFileSync(at('missing.json'), JSON.stringify(missing));
