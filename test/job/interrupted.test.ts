/** What earlier edits in place left beside an image, and what it means to other commands. */
import t from 'tap';
import { extract } from '../../src/job/extract.js';
import { extractBoot } from '../../src/job/extract-boot.js';
import { inject } from '../../src/job/inject.js';
import { inspect } from '../../src/job/inspect.js';
import { list } from '../../src/job/list.js';
import { removeBoot } from '../../src/job/remove-boot.js';
import { undo } from '../../src/job/undo.js';
import { setUndoState } from '../../src/sink/undo-file.js';
import { Place } from './place.js';

t.test('an interrupted edit is told of by commands that read', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso');
  const undoPath = `${input}.isoboot-undo`;
  t.equal((await inspect(input)).undo, null);
  await inject({ input, target: { kind: 'in-place' } });
  t.strictSame((await inspect(input)).undo, { path: undoPath, state: 'done', inProgress: false });
  t.strictSame((await list({ input })).warnings, []);
  await setUndoState(undoPath, 'editing');
  t.match((await inspect(input)).undo, { state: 'editing', inProgress: false });
  t.match((await list({ input })).warnings, [/ISO_UNDO_INTERRUPTED/]);
  const what = { kind: 'entry', index: 1, output: place.at('out.bif') } as const;
  t.match((await extractBoot({ input, what })).warnings, [/ISO_UNDO_INTERRUPTED/]);
  const options = { input, paths: ['/'], folder: place.at('out'), platform: 'linux' };
  t.match((await extract(options)).warnings, [/ISO_UNDO_INTERRUPTED/]);
  await place.put('in.iso', new Uint8Array(40_000));
  await t.rejects(inspect(input), { code: 'ISO_UNDO_INTERRUPTED' }, 'in place of being unreadable');
  await t.rejects(list({ input }), { code: 'ISO_UNDO_INTERRUPTED' });
});

t.test('a second edit in place extends the undo file, and none leaves it behind', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso');
  const digest = await place.digest('in.iso');
  await inject({ input, target: { kind: 'in-place' } });
  const exists = { code: 'ISO_UNDO_EXISTS', found: `${input}.isoboot-undo` };
  for (const undo of [false, place.at('other.undo')] as const) {
    await t.rejects(removeBoot({ input, target: { kind: 'in-place', undo } }), exists);
  }
  await removeBoot({ input, target: { kind: 'in-place', undo: `${input}.isoboot-undo` } });
  await inject({ input, target: { kind: 'in-place' } });
  t.match(await undo({ input }), { state: 'done' });
  t.equal(await place.digest('in.iso'), digest);
});
