// Writes recovery.iso: an install disc image as a vendor might ship it, with everything a recovery disc needs
// except what makes it boot. The loader is inside (/isolinux/isolinux.bin), but no boot record points at it.
//
//   node samples/make-recovery-image.js [out]
//
// The layout is the one genisoimage -R -J makes. Standards: ECMA-119 (ISO 9660), SUSP 1.12 and RRIP 1.12 for
// the Rock Ridge entries, Joliet for the second tree. The same bytes come out on every run and every machine.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { root } from './recovery-image/contents.js';

const SECTOR = 2048;
const PAD_SECTORS = 150; // read-ahead pad of a CD; genisoimage counts it in the volume, so do we
const MADE = [2009, 11, 6, 14, 30, 0]; // year, month, day, hour, minute, second; UTC
const VOLUME = 'RECOVERY_1';

// ---- the two trees ----------------------------------------------------------------------------------------
// One set of files, two sets of directories: each directory has an extent for either tree.

const ucs2 = (text) => Buffer.from(text, 'utf16le').swap16();

const iso = {
  identifierOf: (node) => Buffer.from(node.identifier, 'latin1'),
  systemUseOf: rockRidge,
  extentOf: new Map(),
};
const joliet = {
  identifierOf: (node) => ucs2(node.name),
  systemUseOf: () => Buffer.alloc(0),
  extentOf: new Map(),
};

/** The children in the order that the tree's directory records must have (ECMA-119 9.3). */
function childrenOf(tree, node) {
  return [...node.children].sort((a, b) => Buffer.compare(tree.identifierOf(a), tree.identifierOf(b)));
}

/** Directories in path table order: level by level, by parent, then by identifier (ECMA-119 6.9.1). */
function directoriesOf(tree) {
  const found = [{ node: root, parent: 0 }];
  for (const [number, { node }] of found.entries()) {
    for (const child of childrenOf(tree, node).filter((each) => each.children)) {
      found.push({ node: child, parent: number });
    }
  }
  return found;
}

// ---- numbers, text and times ------------------------------------------------------------------------------

function uint(size, value, order) {
  const bytes = Buffer.alloc(size);
  if (order === 'big') bytes.writeUIntBE(value, 0, size);
  else bytes.writeUIntLE(value, 0, size);
  return bytes;
}
const both16 = (value) => Buffer.concat([uint(2, value), uint(2, value, 'big')]);
const both32 = (value) => Buffer.concat([uint(4, value), uint(4, value, 'big')]);

/** Text in a field of fixed length, filled up with spaces: of one byte, or of two in the Joliet descriptor. */
function field(length, text, encode = (s) => Buffer.from(s, 'latin1')) {
  const whole = Buffer.alloc(length);
  encode(text.padEnd(length)).copy(whole); // what does not fit is cut
  return whole;
}

/** Recording date and time, 7 bytes; the last is the offset from Greenwich (ECMA-119 9.1.5). */
const SHORT_DATE = Buffer.from([MADE[0] - 1900, ...MADE.slice(1), 0]);

/** The descriptors' date and time: digits down to hundredths of a second, and the offset (ECMA-119 8.4.26.1). */
const LONG_DATE = Buffer.from([...MADE, 0].map((part) => String(part).padStart(2, '0')).join('') + '\0');
const NO_DATE = Buffer.from('0'.repeat(16) + '\0');

// ---- Rock Ridge -------------------------------------------------------------------------------------------

/** One System Use entry: signature, length, version 1, the rest (SUSP 4.1). */
const susp = (signature, ...parts) => {
  const data = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(signature), Buffer.from([4 + data.length, 1]), data]);
};

/** The System Use field of a directory record; `special` is '.' or '..' for the first two records. */
function rockRidge(node, special) {
  const subdirectories = node.children?.filter((child) => child.children).length;
  const mode = node.children ? 0o040755 : 0o100644;
  const links = node.children ? 2 + subdirectories : 1;
  const entries = [
    // RR announces which entries follow: RRIP_1991A still had it. Bits: 0 PX, 3 NM, 7 TF.
    susp('RR', Buffer.from([special ? 0x81 : 0x89])),
    susp('PX', both32(mode), both32(links), both32(0), both32(0)), // owner and group are root's
    susp('TF', Buffer.from([0x0e]), SHORT_DATE, SHORT_DATE, SHORT_DATE), // modified, accessed, changed
  ];
  if (!special) entries.splice(1, 0, susp('NM', Buffer.from([0]), Buffer.from(node.name)));
  if (special === '.' && node === root) {
    entries.unshift(susp('SP', Buffer.from([0xbe, 0xef, 0])));
    entries.push(susp('CE', both32(continuationArea), both32(0), both32(EXTENSION.length)));
  }
  return Buffer.concat(entries);
}

/** ER names the protocol. At 237 bytes it does not fit the root's own record: CE says where it is. */
const EXTENSION = (() => {
  const identifier = 'RRIP_1991A';
  const descriptor = 'THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS';
  const source =
    'PLEASE CONTACT DISC PUBLISHER FOR SPECIFICATION SOURCE.  ' +
    'SEE PUBLISHER IDENTIFIER IN PRIMARY VOLUME DESCRIPTOR FOR CONTACT INFORMATION.';
  const lengths = [identifier.length, descriptor.length, source.length, 1];
  return susp('ER', Buffer.from(lengths), Buffer.from(identifier + descriptor + source));
})();

// ---- structures -------------------------------------------------------------------------------------------

/** A directory record (ECMA-119 9.1). */
function directoryRecord(tree, node, identifier, systemUse) {
  const body = Buffer.concat([
    both32(node.children ? tree.extentOf.get(node) : node.extent),
    both32(node.children ? SECTOR : node.contents.length),
    SHORT_DATE,
    Buffer.from([node.children ? 2 : 0, 0, 0]), // file flags: directory; not interleaved
    both16(1), // volume sequence number
    Buffer.from([identifier.length]),
    identifier,
    Buffer.alloc((identifier.length + 1) % 2), // the System Use field starts at an even offset
    systemUse,
  ]);
  const length = 2 + body.length + (body.length % 2);
  return Buffer.concat([Buffer.from([length, 0]), body], length);
}

/** A directory's extent: itself, its parent, its children. Ours all fit one sector. */
function directoryExtent(tree, node, parent) {
  return Buffer.concat([
    directoryRecord(tree, node, Buffer.from([0]), tree.systemUseOf(node, '.')),
    directoryRecord(tree, parent, Buffer.from([1]), tree.systemUseOf(parent, '..')),
    ...childrenOf(tree, node).map((child) =>
      directoryRecord(tree, child, tree.identifierOf(child), tree.systemUseOf(child)),
    ),
  ]);
}

/** A path table (ECMA-119 9.4), Type L (little) or Type M (big). */
function pathTable(tree, order) {
  const records = directoriesOf(tree).map(({ node, parent }) => {
    const identifier = node === root ? Buffer.from([0]) : tree.identifierOf(node);
    return Buffer.concat([
      Buffer.from([identifier.length, 0]),
      uint(4, tree.extentOf.get(node), order),
      uint(2, parent + 1, order), // directory numbers start at 1; the root is its own parent
      identifier,
      Buffer.alloc(identifier.length % 2),
    ]);
  });
  return Buffer.concat(records);
}

/** A Primary (type 1) or Supplementary (type 2, Joliet) Volume Descriptor (ECMA-119 8.4, 8.5). */
function volumeDescriptor(type, tree, tables, volumeSpaceSize) {
  const text = (length, value) => field(length, value, type === 2 ? ucs2 : undefined);
  return Buffer.concat(
    [
      Buffer.from([type]),
      Buffer.from('CD001\x01\0', 'latin1'),
      text(32, 'LINUX'), // system identifier
      text(32, VOLUME),
      Buffer.alloc(8),
      both32(volumeSpaceSize),
      Buffer.concat([Buffer.from(type === 2 ? '%/E' : '')], 32), // escape sequence: UCS-2 level 3
      both16(1), // volume set size
      both16(1), // volume sequence number
      both16(SECTOR), // logical block size
      both32(pathTable(tree, 'little').length),
      uint(4, tables.l),
      uint(4, 0), // no optional copies
      uint(4, tables.m, 'big'),
      uint(4, 0),
      directoryRecord(tree, root, Buffer.from([0]), Buffer.alloc(0)),
      text(128, ''), // volume set identifier
      text(128, 'EXAMPLE RECOVERY WORKS'), // publisher
      text(128, ''), // data preparer
      text(128, 'ISOBOOT SAMPLE IMAGE'), // application
      text(37, ''), // copyright, abstract and bibliographic file
      text(37, ''),
      text(37, ''),
      LONG_DATE, // created
      LONG_DATE, // modified
      NO_DATE, // expires
      LONG_DATE, // effective
      Buffer.from([1, 0]), // file structure version
      Buffer.alloc(512, ' '), // application use; spaces leave room for the installers' media check sum
    ],
    SECTOR,
  );
}

// ---- putting it together ----------------------------------------------------------------------------------

const PVD = 16;
const SVD = 17;
const TERMINATOR = 18;
const VERSION = 19; // genisoimage keeps a note of itself here; a zero sector on our disc
const PATH_TABLES = { iso: { l: 20, m: 22 }, joliet: { l: 24, m: 26 } }; // two sectors each

let next = 28;
for (const tree of [iso, joliet]) {
  for (const { node } of directoriesOf(tree)) tree.extentOf.set(node, next++);
}
const continuationArea = next++;
const files = directoriesOf(iso).flatMap(({ node }) =>
  childrenOf(iso, node).filter((child) => child.contents),
);
for (const node of files) {
  node.extent = next;
  next += Math.ceil(node.contents.length / SECTOR);
}
const volumeSpaceSize = next + PAD_SECTORS;

const image = Buffer.alloc(volumeSpaceSize * SECTOR);
const place = (lba, bytes) => bytes.copy(image, lba * SECTOR);

place(PVD, volumeDescriptor(1, iso, PATH_TABLES.iso, volumeSpaceSize));
place(SVD, volumeDescriptor(2, joliet, PATH_TABLES.joliet, volumeSpaceSize));
place(TERMINATOR, Buffer.from('\xffCD001\x01', 'latin1'));
place(VERSION, Buffer.alloc(SECTOR));
for (const [tree, tables] of [
  [iso, PATH_TABLES.iso],
  [joliet, PATH_TABLES.joliet],
]) {
  place(tables.l, pathTable(tree, 'little'));
  place(tables.m, pathTable(tree, 'big'));
  const all = directoriesOf(tree);
  for (const { node, parent } of all) {
    place(tree.extentOf.get(node), directoryExtent(tree, node, all[parent].node));
  }
}
place(continuationArea, EXTENSION);
for (const node of files) place(node.extent, node.contents);

const out = process.argv[2] ?? fileURLToPath(new URL('recovery.iso', import.meta.url));
writeFileSync(out, image);
console.log(`${out}: ${volumeSpaceSize} sectors, ${image.length} bytes`);
