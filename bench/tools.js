/** The programs that isoboot is measured against, by their Debian packages. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian's own interpreter by its path: the first `python3` of a developer's PATH seldom has pycdlib. */
export const PYTHON = '/usr/bin/python3';

const PACKAGES = {
  genisoimage: 'genisoimage',
  isoinfo: 'genisoimage',
  xorriso: 'xorriso',
  bsdtar: 'libarchive-tools',
  '7z': 'p7zip-full',
  implantisomd5: 'isomd5sum',
  checkisomd5: 'isomd5sum',
  pycdlib: 'python3-pycdlib',
  cp: 'coreutils',
  cat: 'coreutils',
  sha256sum: 'coreutils',
  md5sum: 'coreutils',
  sh: 'dash',
};

const known = new Map();

/** Whether a program is installed; looked up once. */
function has(tool) {
  if (!known.has(tool)) {
    known.set(tool, tool === 'pycdlib' ? hasPycdlib() : isOnPath(tool));
  }
  return known.get(tool);
}

function hasPycdlib() {
  return existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import pycdlib']).status === 0;
}

function isOnPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}

/** Says what is missing of some tools and how to get it; nothing where all are there. */
export function missingOf(tools) {
  const missing = tools.filter((tool) => !has(tool));
  const packages = [...new Set(missing.map((tool) => PACKAGES[tool]))];
  return missing.length === 0 ? undefined : `no ${missing.join(', ')}: apt-get install ${packages.join(' ')}`;
}

/** The version of each Debian package that is installed. */
export function packageVersions() {
  const names = [...new Set(Object.values(PACKAGES))];
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${Version}\n', ...names]);
  const lines = (stdout ?? '').toString().split('\n');
  return Object.fromEntries(lines.filter((line) => / \S/.test(line)).map((line) => line.split(' ')));
}
