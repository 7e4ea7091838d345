/** Every command that writes, with each of its calls to the system failing in turn; `npm run proof` tries all layouts. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { FIXTURES } from '../fixtures/index.js';
import { withDigestHere } from '../kit/digest-here.js';
import { EXTRACTIONS, rehearseExtraction, STREAMS } from '../kit/extraction-scenario.js';
import { FAULT_KINDS, tryFaults, type FileScenario } from '../kit/fault-trial.js';
import { rehearse, SCENARIOS, type Expectation } from '../kit/scenario.js';
import {
  rehearseStream,
  STREAM_FAULTS,
  STREAM_READS,
  tryStreamFaults,
  tryStreamReads,
} from '../kit/stream-trial.js';

/** Nothing is free but the block behind the descriptors, so that the image has to grow. */
const LAYOUT = 'end-full';

const image = FIXTURES.find(({ name }) => name === LAYOUT)?.build() ?? new Uint8Array(0);

/** What each is tried with: all there is where the roads differ, and little where they have been gone before. */
const ALL = ['EIO', 'EIO of a read', 'short write', 'short read', 'kill'];
const FEW = ['ENOSPC', 'kill'];
const KINDS: Readonly<Record<string, readonly string[]>> = {
  'inject, in-place': ALL,
  'inject, copy': [...ALL, 'kill on FAT'],
  'undo of inject, in-place': ALL,
  'inject, media check, copy': FEW,
  'inject, media check, in-place': FEW,
  'remove-boot, in-place': FEW,
  'remove-boot, copy': FEW,
  'remove-boot after inject, in-place': ['EIO', 'kill'],
  'undo of interrupted remove-boot after inject, in-place': ['EIO', 'kill'],
  'media-check --implant, in-place': ['kill'],
  'media-check --implant, copy': ['ENOSPC'],
  'media-check --strip, in-place': ['kill'],
  'media-check --strip, copy': ['ENOSPC'],
  'extract-boot, copy': ALL,
  'extract, copy': ['kill', 'kill on FAT'],
};

async function tryAll(t: Test, scenario: FileScenario, expectation: Expectation): Promise<void> {
  const folder = join(t.testdir({}), 'work');
  const names = KINDS[`${scenario.command}, ${scenario.sink}`] ?? [];
  for (const kind of FAULT_KINDS.filter(({ name }) => names.includes(name))) {
    const { calls, losses } = await withDigestHere(() => tryFaults(scenario, expectation, kind, folder));
    t.strictSame(losses, [], `${kind.name}: each of ${calls} calls`);
    t.ok(calls > 0);
  }
}

for (const scenario of SCENARIOS.filter(({ command, sink }) => `${command}, ${sink}` in KINDS)) {
  t.test(`${scenario.command}, ${scenario.sink}: nothing is lost`, async (t) => {
    const folder = join(t.testdir({}), 'rehearsal');
    await tryAll(t, scenario, await withDigestHere(() => rehearse(scenario, folder, image)));
  });
}

for (const scenario of EXTRACTIONS) {
  t.test(`${scenario.command}: files are whole or not there`, async (t) => {
    const folder = join(t.testdir({}), 'rehearsal');
    await tryAll(t, scenario, await rehearseExtraction(scenario, folder, image));
  });
}

for (const scenario of STREAMS) {
  t.test(`${scenario.command} to a stream: no success on a short one`, async (t) => {
    // Streams are written by the megabyte.
    const large = new Uint8Array(image.length + 2_500_000);
    large.set(image);
    const trial = await rehearseStream(scenario, join(t.testdir({}), 'work'), large);
    for (const fault of STREAM_FAULTS) {
      const { calls, losses } = await tryStreamFaults(trial, fault);
      t.strictSame(losses, [], `${fault.name}: each of ${calls} writes`);
      t.ok(calls > 0);
    }
    for (const kind of STREAM_READS) {
      const { calls, losses } = await tryStreamReads(trial, kind);
      t.strictSame(losses, [], `${kind.name}: each of ${calls} reads`);
      t.ok(calls > 0);
    }
  });
}
