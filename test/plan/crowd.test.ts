/** Crowded images, in which what makes room for one thing has to make room for others first. */
import t from 'tap';
import { checkInjection } from '../../src/check/injection.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { ImageBuilder, record } from '../kit/image-builder.js';
import { makeLoader, planFor, LOADER_SIZE } from './planning.js';

/** The block behind the terminator, where the root stands as in an image by xorriso. */
const FIRST = 18;
const DIRECTORIES = 12;
const BLOCKS = 300;

interface Folder {
  readonly parent: number;
  readonly at: number;
  readonly blocks: number;
  /** The block that an empty file in it names. */
  readonly empty: number;
}

function numbersFrom(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Directories of one to four blocks from the room on, most right behind one another, each behind its parent. */
function crowd(seed: number): Folder[] {
  const below = numbersFrom(seed);
  const folders: Folder[] = [];
  let at = FIRST;
  for (let i = 0; i < DIRECTORIES; i += 1) {
    const blocks = 1 + below(4);
    const hole = below(3) === 0 ? 1 : 0;
    folders.push({ parent: Math.max(0, i - 1 - below(2)), at, blocks, empty: at + blocks + below(3) });
    at += blocks + hole;
  }
  return folders;
}

function imageOf(folders: readonly Folder[]): ImageBuilder {
  const [root] = folders;
  const loader = makeLoader();
  const loaderAt = FIRST + DIRECTORIES * 5;
  const length = (root?.blocks ?? 1) * BLOCK_SIZE;
  const image = new ImageBuilder(BLOCKS).primary({}, { at: FIRST, length }).terminator(17);
  image.put(loaderAt, loader);
  folders.forEach(({ parent, at, blocks, empty }, i) => {
    const above = folders[parent];
    const own = { at, length: blocks * BLOCK_SIZE, directory: true };
    const up = { at: above?.at ?? FIRST, length: (above?.blocks ?? 1) * BLOCK_SIZE, directory: true };
    const below = folders.flatMap((each, number) =>
      number > 0 && each.parent === i
        ? [record({ name: `D${number}`, at: each.at, length: each.blocks * BLOCK_SIZE, directory: true })]
        : [],
    );
    image.directory(at, [
      record({ name: '\0', ...own }),
      record({ name: '\x01', ...up }),
      ...below,
      record({ name: 'EMPTY.;1', at: empty, length: 0 }),
      ...(i === 0 ? [record({ name: 'LOADER.BIN;1', at: loaderAt, length: LOADER_SIZE })] : []),
    ]);
  });
  return image;
}

t.test('whatever has to make room, all things have places of their own', async (t) => {
  let chains = 0;
  for (let seed = 0; seed < 200; seed += 1) {
    const folders = crowd(seed);
    const planned = await planFor(imageOf(folders), { entries: [{ path: '/LOADER.BIN' }] });
    const { plan, image, result } = planned;
    await checkInjection(result, image, plan);
    const targets = plan.moves.flatMap(({ start, end, to }) =>
      Array.from({ length: end - start }, (_, i) => to + i),
    );
    t.equal(new Set(targets).size, targets.length, `seed ${seed}: nothing goes where something else goes`);
    const named = folders.filter(({ empty }) => targets.includes(empty));
    t.same(named, [], `seed ${seed}: no directory goes where an empty file says that it is`);
    chains += plan.moves.length > 2 ? 1 : 0;
  }
  t.ok(chains > 5, `${chains} of them made room for what made room`);
});
