// What is on the sample disc: a loader, its configuration, a read-me and some packages.
// ISO 9660 identifiers are written out beside the real names: shortening names is not what the sample is about.

import { readFileSync } from 'node:fs';

const README = `RECOVERY DISC 1

Boot the machine from this disc to reinstall the base system.
The packages are in /packages.

(A sample image of isoboot. As it stands, it does not boot.)
`;

const ISOLINUX_CFG = `# Where ISOLINUX would look. The loader of this sample only tests itself and reads no configuration.
DEFAULT recovery
PROMPT 1
TIMEOUT 600
LABEL recovery
  KERNEL vmlinuz
`;

/** A file: its ISO 9660 identifier, its name for Rock Ridge and Joliet, its contents. */
const file = (identifier, name, contents) => ({
  identifier: `${identifier};1`,
  name,
  contents: Buffer.from(contents),
});
const directory = (identifier, name, children) => ({ identifier, name, children });

/** The root directory of the sample disc. */
export const root = directory('', '', [
  file('README.TXT', 'README.txt', README),
  directory('ISOLINUX', 'isolinux', [
    file(
      'ISOLINUX.BIN',
      'isolinux.bin',
      readFileSync(new URL('../loader/strict-loader.bin', import.meta.url)),
    ),
    file('ISOLINUX.CFG', 'isolinux.cfg', ISOLINUX_CFG),
  ]),
  directory('PACKAGES', 'packages', [
    file('BASESYS.PKG', 'Base-System-5.2.0-17.i386.pkg', filler(1, 9001)),
    file('BOOTTOOL.PKG', 'BootTools-1.0.3-2.i386.pkg', filler(2, 2048)),
    file('DATABASE.PKG', 'Database-Server-11.50-4.i386.pkg', filler(3, 7777)),
    file('KERNEL.PKG', 'Kernel-Recovery-2.6.18-194.i686.pkg', filler(4, 12345)),
    file('LANG_DE.PKG', 'Language-Pack-German-5.2.0-17.noarch.pkg', filler(5, 1500)),
    file('LANG_FR.PKG', 'Language-Pack-French-5.2.0-17.noarch.pkg', filler(6, 1501)),
    file('NETCFG.PKG', 'Network-Configuration-3.1-9.i386.pkg', filler(7, 4096)),
    file('RAIDUTIL.PKG', 'RaidUtilities-7.0.1-1.x86_64.pkg', filler(8, 5003)),
  ]),
]);

/** Bytes that look like a compressed package but are the same each time: a linear congruential generator. */
function filler(seed, length) {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}
