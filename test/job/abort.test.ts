/** Whatever takes long can be stopped: at every moment at which it looks whether it should, and leaving nothing half-done. */
import { readFile, writeFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { apply } from '../../src/job/apply.js';
import { compare } from '../../src/job/compare.js';
import { extract } from '../../src/job/extract.js';
import { extractBoot } from '../../src/job/extract-boot.js';
import { inject } from '../../src/job/inject.js';
import { planInject } from '../../src/job/inject-plan.js';
import { inspect } from '../../src/job/inspect.js';
import { list } from '../../src/job/list.js';
import { editMediaCheck, planEditMediaCheck } from '../../src/job/media-check-edit.js';
import { mediaCheck } from '../../src/job/media-check.js';
import { openImage } from '../../src/job/open-image.js';
import { planRemoveBoot, removeBoot } from '../../src/job/remove-boot.js';
import { undo } from '../../src/job/undo.js';
import { readImage } from '../../src/read/image.js';
import { MemorySource } from '../../src/source/memory-source.js';
import type { Source } from '../../src/source/source.js';
import { file, folder, root } from '../fixtures/tree.js';
import { writeVolume } from '../fixtures/writer.js';
import { Collector, discBytes, Place } from './place.js';

/** A signal that is given when it is looked at for the nth time, from 0 on. */
function givenAt(look: number): AbortSignal {
  const stop = new AbortController();
  let looks = 0;
  Object.defineProperty(stop.signal, 'aborted', {
    get: () => {
      looks += 1;
      if (looks > look) {
        stop.abort();
      }
      return looks > look;
    },
  });
  return stop.signal;
}

type Run = (signal: AbortSignal) => Promise<unknown>;

/** Looks that a job may take; where it takes more, they are stepped over. */
const MOST_LOOKS = 60;

/** Stops a job at one look after another, until it gets through. */
async function stopEverywhere(t: Test, place: Place, run: Run): Promise<void> {
  const before = await place.snapshot();
  for (let look = 0; ; look += look > MOST_LOOKS ? Math.ceil(look / 4) : 1) {
    const ended = await run(givenAt(look)).then(
      () => 'done',
      (error: unknown) => (error as { code?: string }).code,
    );
    if (ended === 'done') {
      t.ok(look > 0, `it looked ${look} times or a few less`);
      return;
    }
    const after = await place.snapshot();
    if (ended !== 'ISO_INTERRUPTED' || !sameSnapshot(after, before)) {
      t.equal(ended, 'ISO_INTERRUPTED', `at look ${look}`);
      t.strictSame(after, before, `nothing is left at look ${look}`);
      return;
    }
  }
}

function sameSnapshot(one: Record<string, string>, other: Record<string, string>): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

t.test('every job is stopped wherever it looks', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso', { efi: true });
  const bootable = await place.bootableDisc('boots.iso', { efi: true });
  const donor = await place.bootableDisc('donor.iso');
  const checked = place.at('checked.iso');
  const copy = { kind: 'copy', path: place.at('out.iso'), force: true } as const;
  await editMediaCheck({ input, target: { ...copy, path: checked }, action: 'implant' });
  const edited = await place.disc('edited.iso');
  await inject({ input: edited, target: { kind: 'in-place' } });
  const image = await openImage(input);
  const boots = await openImage(bootable);
  t.teardown(() => Promise.all([image.close(), boots.close()]));
  const plan = await planInject(image, { mediaCheck: 'add' });
  const toCopy = { target: copy };
  const inPlace = { target: { kind: 'in-place' } } as const;

  const trials: Readonly<Record<string, Run>> = {
    openImage: async (signal) => (await openImage(input, { signal })).close(),
    readImage: async (signal) => readImage(new MemorySource(discBytes()), { signal }),
    inspect: async (signal) => inspect(bootable, { signal }),
    'inspect an open image': async (signal) => {
      await inspect(boots, { signal });
    },
    list: async (signal) => list({ input, recursive: true, signal }),
    mediaCheck: async (signal) => mediaCheck({ input: checked, signal }),
    compare: async (signal) => compare({ input, against: checked, signal }),
    planInject: async (signal) => (await planInject(image, { signal })).close(),
    'planInject from a donor': async (signal) => (await planInject(image, { donor, signal })).close(),
    planRemoveBoot: async (signal) => (await planRemoveBoot(boots, { signal })).close(),
    planEditMediaCheck: async (signal) => planEditMediaCheck(image, { action: 'implant', signal }),
    'apply to a copy': async (signal) => apply(plan, { ...toCopy, signal }),
    'apply to a stream': async (signal) =>
      apply(plan, { target: { kind: 'stream', stream: new Collector() }, signal }),
    'apply as a dry run': async (signal) => apply(plan, { ...toCopy, dryRun: true, signal }),
    'apply in place': async (signal) => {
      // An edit that was taken back has left other times behind, and its image is opened anew.
      const anew = await openImage(input);
      await apply(await planInject(anew), { ...inPlace, signal }).finally(() => anew.close());
    },
    'inject into a copy': async (signal) => inject({ input, ...toCopy, signal }),
    'inject in place': async (signal) => inject({ input, ...inPlace, signal }),
    removeBoot: async (signal) => removeBoot({ input: bootable, ...toCopy, signal }),
    editMediaCheck: async (signal) => editMediaCheck({ input, ...toCopy, action: 'implant', signal }),
    extractBoot: async (signal) =>
      extractBoot({
        input: bootable,
        what: { kind: 'entry', index: 1, output: place.at('out.bif') },
        force: true,
        signal,
      }),
    undo: async (signal) => undo({ input: edited, signal }),
  };
  const original = await readFile(input);
  for (const [name, run] of Object.entries(trials)) {
    await t.test(name, async (t) => {
      await stopEverywhere(t, place, run);
    });
    await place.clear('out.iso', 'out.bif', 'in.iso.isoboot-undo');
    if (!(await readFile(input)).equals(original)) {
      await writeFile(input, original);
    }
  }
});

t.test('an extraction stops between its files', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso');
  for (const look of [0, 3, 1000]) {
    const folder = place.at(`out-${look}`);
    const done = extract({ input, paths: ['/'], folder, signal: givenAt(look) });
    await (look === 1000 ? done : t.rejects(done, { code: 'ISO_INTERRUPTED' }, `at look ${look}`));
  }
});

/** An image in memory, of which somebody hears before each read. */
function heard(bytes: Uint8Array, onRead: () => void): Source {
  const all = new MemorySource(bytes);
  return {
    name: all.name,
    size: all.size,
    read: (offset, length) => {
      onRead();
      return all.read(offset, length);
    },
    close: () => all.close(),
  };
}

t.test('a tree of 200,000 files can be left while it is read', async (t) => {
  const folders = Array.from({ length: 400 }, (_, i) =>
    folder(`d${i}`, ...Array.from({ length: 500 }, (_, k) => file(`f${k}.txt`, new Uint8Array(0)))),
  );
  const { bytes } = writeVolume({
    top: root(...folders),
    descriptors: ['primary', 'terminator'],
    rockRidge: true,
    layout: ['primary*'],
    padBlocks: 0,
  });
  await t.test('nothing more is read', async (t) => {
    const stop = new AbortController();
    let reads = 0;
    const source = heard(bytes, () => {
      reads += 1;
      if (reads === 100) {
        stop.abort();
      }
    });
    await t.rejects(openImage(source, { signal: stop.signal }), { code: 'ISO_INTERRUPTED' });
    t.equal(reads, 100, 'of 401 directories');
  });
  await t.test('a signal from elsewhere gets its turn', async (t) => {
    const stop = new AbortController();
    const source = heard(bytes, () => {
      const end = Date.now() + 2;
      while (Date.now() < end) {
        // Whoever reads from memory waits for nothing, and lets nobody else do anything.
      }
    });
    setTimeout(() => stop.abort(), 0);
    await t.rejects(openImage(source, { signal: stop.signal }), { code: 'ISO_INTERRUPTED' });
  });
});
