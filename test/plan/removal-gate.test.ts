/** The gate behind the planning of a removal: what no plan may do. */
import t from 'tap';
import { checkRemovalPlan, type RemovalFacts } from '../../src/plan/removal-gate.js';
import type { Patch } from '../../src/plan/patch.js';
import { BLOCK_SIZE, lba } from '../../src/units.js';
import { AT, makeLoader, vendorImage } from './planning.js';
import { injected, removalFor } from './removing.js';

t.test('a removal that would lose something does not get through', async (t) => {
  const bootable = await injected(vendorImage(), { entries: [{ bytes: makeLoader(200 * BLOCK_SIZE) }] });
  const { image, plan } = await removalFor(bootable);
  const gone = plan.hidden;
  const facts: RemovalFacts = { image, list: plan.list, gone, free: { start: lba(19), end: 20 } };
  t.doesNotThrow(() => checkRemovalPlan(facts), 'the plan itself');
  const { patches } = plan.list;
  const refused = (name: string, changed: readonly Patch[], other: Partial<RemovalFacts> = {}): void => {
    const list = { ...plan.list, ...other.list, patches: changed };
    t.throws(() => checkRemovalPlan({ ...facts, ...other, list }), { code: 'ISO_PLAN_GATE' }, name);
  };
  const changed = (phase: string, to: Partial<Patch>): Patch[] =>
    patches.map((patch) => (patch.phase === phase ? { ...patch, ...to } : patch));
  const blankAt = (block: number): Patch => ({
    offset: block * BLOCK_SIZE,
    length: BLOCK_SIZE,
    phase: 'blank',
    why: 'test',
    content: { kind: 'zeros', length: BLOCK_SIZE },
    before: { kind: 'unread' },
  });
  refused('a file is blanked', [...patches, blankAt(AT.loader)]);
  refused('a descriptor is blanked', [...patches, blankAt(18)]);
  refused('nobody looked at what is written over', changed('descriptors', { before: { kind: 'unread' } }));
  refused('a pointer outside the descriptors', changed('pointers', { offset: AT.folder * BLOCK_SIZE }));
  refused('a patch of another phase', [{ ...blankAt(22), phase: 'new' }, ...patches]);
  const [low, high] = patches.filter(({ phase }) => phase === 'descriptors');
  if (low === undefined || high === undefined) {
    throw new TypeError('two descriptors move');
  }
  const others = patches.filter(({ phase }) => phase !== 'descriptors');
  const pointers = others.filter(({ phase }) => phase === 'pointers');
  const blanks = others.filter(({ phase }) => phase === 'blank');
  refused('the highest first', [...pointers, high, low, ...blanks]);
  refused('one is left out', [...pointers, low, ...blanks]);
  const newSize = (AT.loader + 1) * BLOCK_SIZE;
  const inside = patches.filter(({ offset }) => offset < newSize);
  refused('a file is cut off', inside, { list: { ...plan.list, newSize } });
  refused('what stays is cut off', patches, { gone: gone.filter(({ kind }) => kind === 'boot catalog') });
});
