/** What the names of an image become on disk: they lead nowhere, break nothing, and no two are the same. */

/** Bytes in UTF-8 that every file system takes for a name. */
const LONGEST_NAME = 255;

/** Separators of paths, and what would drive a terminal. */
// eslint-disable-next-line no-control-regex -- these are the very characters to be replaced
const UNSAFE = /[\u0000-\u001f\u007f-\u009f/]/g;
/** What Windows keeps for itself: drives and streams, wildcards, its own separator. */
const UNSAFE_ON_WINDOWS = /[<>:"\\|?*]/g;
/** Halves of pairs, which UTF-8 does not have. */
const LONE_SURROGATE = /\p{Surrogate}/gu;
/** Names of devices on Windows, whatever their extension. */
const DEVICE_ON_WINDOWS =
  /^(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$) *(\.|$)/i;

/** The platforms whose file systems take names that differ only in case for one. */
const WITHOUT_CASE: readonly string[] = ['win32', 'darwin'];

/** A name of an image as a name in a folder of some platform (`process.platform`). */
export function safeName(name: string, platform: string): string {
  const safe = shortened(name.replace(LONE_SURROGATE, '\ufffd').replace(UNSAFE, '_'), '');
  if (/^\.{0,2}$/.test(safe)) {
    return '_'.repeat(Math.max(safe.length, 1));
  }
  return platform === 'win32' ? safeOnWindows(safe) : safe;
}

function safeOnWindows(name: string): string {
  const safe = name.replace(UNSAFE_ON_WINDOWS, '_').replace(/[. ]+$/, (end) => '_'.repeat(end.length));
  return DEVICE_ON_WINDOWS.test(safe) ? `_${safe}` : safe;
}

/** As long as the number of any file in a tree. */
const LONGEST_MARK = '~9999999';

/** The names taken in one folder. */
export class TakenNames {
  readonly #taken = new Set<string>();
  readonly #counts = new Map<string, number>();
  readonly #platform: string;

  constructor(platform: string) {
    this.#platform = platform;
  }

  /** The safe form of a name, with a number where another file has that form: `a.txt`, `a~2.txt`. */
  take(name: string): string {
    const safe = safeName(name, this.#platform);
    const wanted = this.#keyOf(safe);
    if (!this.#taken.has(wanted)) {
      this.#taken.add(wanted);
      return safe;
    }
    // Long names are cut to make room for the number, and those that are then the same share their numbers.
    const key = this.#keyOf(shortened(safe, LONGEST_MARK));
    let free = safe;
    let count = this.#counts.get(key) ?? 1;
    while (this.#taken.has(this.#keyOf(free))) {
      count += 1;
      free = shortened(safe, `~${count}`);
    }
    this.#counts.set(key, count);
    this.#taken.add(this.#keyOf(free));
    return free;
  }

  /** What the file system goes by when it compares two names. */
  #keyOf(name: string): string {
    return WITHOUT_CASE.includes(this.#platform) ? name.normalize('NFC').toUpperCase().toLowerCase() : name;
  }
}

/** A name with a mark behind its stem, cut to what a name may be long; its extension is kept. */
function shortened(name: string, mark: string): string {
  const dot = name.lastIndexOf('.');
  const at = dot > 0 && name.length - dot <= 16 ? dot : name.length;
  const extension = name.slice(at);
  const room = LONGEST_NAME - Buffer.byteLength(mark + extension);
  return cutTo(name.slice(0, at), room) + mark + extension;
}

/** As many characters from the front as fit into so many bytes. */
function cutTo(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) {
    return text;
  }
  let length = 0;
  let cut = '';
  for (const character of text) {
    length += Buffer.byteLength(character);
    if (length > bytes) {
      break;
    }
    cut += character;
  }
  return cut;
}
