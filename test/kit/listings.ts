/** What outside programs list in an image, with sizes and blocks where they tell. */
import { run, runOk } from './tools.js';

/** A file or directory as a program lists it. */
export interface Listed {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  /** Bytes; 0 for a directory. */
  readonly size: number;
  readonly lba: number;
}

/** `mode links uid gid size date [ block flags] name`, with a blank behind it. */
const ISOINFO_LINE = /^([-dl])\S*(?:\s+\d+){3}\s+(\d+) .{11} \[\s*(-?\d+) \w+\] {2}(.*?) ?$/;

/** What `isoinfo -l` lists, without `.` and `..`; nothing where it does not find the tree. */
export async function isoinfoListing(image: string, flags: readonly string[]): Promise<Listed[] | undefined> {
  const { code, stdout } = await run('isoinfo', ['-l', ...flags, '-i', image]);
  // Joliet names are printed in ISO 8859-1, whatever the locale.
  return code === 0 ? parseIsoinfo(stdout.toString(flags.includes('-J') ? 'latin1' : 'utf8')) : undefined;
}

function parseIsoinfo(text: string): Listed[] {
  const listed: Listed[] = [];
  let folder = '/';
  for (const line of text.split('\n')) {
    folder = /^Directory listing of (.*)$/.exec(line)?.[1] ?? folder;
    const [, kind = '', size = '', lba = '', shown = ''] = ISOINFO_LINE.exec(line) ?? [];
    const type = kind === 'd' ? 'directory' : kind === 'l' ? 'symlink' : 'file';
    const name = type === 'symlink' ? shown.replace(/ -> .*/, '') : shown;
    if (kind !== '' && name !== '.' && name !== '..') {
      listed.push({
        path: `${folder}${name}`,
        type,
        size: type === 'directory' ? 0 : Number(size),
        // It takes block numbers from 2^31 on for negative ones.
        lba: Number(lba) >>> 0,
      });
    }
  }
  return byPath(listed);
}

/** What `bsdtar -tv` lists; it does not tell blocks. */
export async function bsdtarListing(image: string): Promise<Omit<Listed, 'lba'>[]> {
  const listed: Omit<Listed, 'lba'>[] = [];
  for (const line of (await runOk('bsdtar', ['-t', '-v', '-f', image])).toString().split('\n')) {
    const [, kind = '', size = '', shown = ''] =
      /^(\S)\S*\s+\d+\s+\S+\s+\S+\s+(\d+) .{12} (.*)$/.exec(line) ?? [];
    const type = kind === 'd' ? 'directory' : kind === 'l' ? 'symlink' : 'file';
    const name = (type === 'symlink' ? shown.replace(/ -> .*/, '') : shown).replace(/ link to .*/, '');
    if (kind !== '' && name !== '.') {
      listed.push({ path: `/${name}`, type, size: type === 'directory' ? 0 : Number(size) });
    }
  }
  return byPath(listed);
}

/** In the order of their paths. */
export function byPath<T extends { readonly path: string }>(listed: readonly T[]): T[] {
  return [...listed].sort((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
}
