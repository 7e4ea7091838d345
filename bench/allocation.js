/**
 * How long it takes to read an image of very many files into its model and allocation map, and how much memory that
 * needs: `npm run build && node bench/allocation.js [files...]`, 200,000 and 400,000 files unless told.
 *
 * Each size is read by a process of its own, so that the peak is that of this one image.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileSource, readImage } from '../dist/read/index.js';

const BLOCK = 2048;
const FILES_A_FOLDER = 1000;
const FIRST_BLOCK = 18;

/** A directory record of a name, one character a byte (ECMA-119 9.1). */
function record(name, lba, length, flags) {
  const size = 33 + name.length + ((33 + name.length) % 2);
  const bytes = Buffer.alloc(size);
  bytes.writeUInt8(size, 0);
  bothOrders(bytes, lba, 2);
  bothOrders(bytes, length, 10);
  bytes.set([111, 3, 14, 15, 9, 26, 0, flags, 0, 0, 1, 0, 0, 1], 18);
  bytes.writeUInt8(name.length, 32);
  bytes.write(name, 33, 'latin1');
  return bytes;
}

function bothOrders(bytes, value, at) {
  bytes.writeUInt32LE(value, at);
  bytes.writeUInt32BE(value, at + 4);
}

/** The blocks of a directory: records in a row, none across the border of two blocks (ECMA-119 6.8.1.1). */
function directory(records) {
  const blocks = [Buffer.alloc(BLOCK)];
  let at = 0;
  for (const bytes of records) {
    if (at + bytes.length > BLOCK) {
      blocks.push(Buffer.alloc(BLOCK));
      at = 0;
    }
    bytes.copy(blocks.at(-1), at);
    at += bytes.length;
  }
  return Buffer.concat(blocks);
}

function descriptor(type, blocks, rootLength) {
  const bytes = Buffer.alloc(BLOCK);
  bytes.writeUInt8(type, 0);
  bytes.write('CD001\x01', 1, 'latin1');
  if (type === 1) {
    bytes.fill(' ', 8, 72);
    bothOrders(bytes, blocks, 80);
    bytes.set([1, 0, 0, 1, 1, 0, 0, 1, 0, 8, 8, 0], 120);
    record('\0', FIRST_BLOCK, rootLength, 2).copy(bytes, 156);
  }
  return bytes;
}

/** Writes an image of so many files of one block each, a thousand to a folder; file data are left as a hole. */
function writeImage(path, files) {
  const folders = Math.ceil(files / FILES_A_FOLDER);
  const rootLength = directory(folderRecords(folders, () => 0)).length;
  const folderBlocks = Math.ceil((FILES_A_FOLDER * 48) / BLOCK) + 4;
  const firstFolder = FIRST_BLOCK + rootLength / BLOCK;
  const firstFile = firstFolder + folders * folderBlocks;
  const blocks = firstFile + files + 150;

  const handle = openSync(path, 'w');
  const put = (block, bytes) => writeSync(handle, bytes, 0, bytes.length, block * BLOCK);
  put(16, descriptor(1, blocks, rootLength));
  put(17, descriptor(255));
  const places = (i) => firstFolder + i * folderBlocks;
  put(FIRST_BLOCK, directory(folderRecords(folders, places, folderBlocks * BLOCK, rootLength)));
  for (let i = 0; i < folders; i += 1) {
    const dots = [
      record('\0', places(i), folderBlocks * BLOCK, 2),
      record('\x01', FIRST_BLOCK, rootLength, 2),
    ];
    const count = Math.min(FILES_A_FOLDER, files - i * FILES_A_FOLDER);
    const records = Array.from({ length: count }, (_, file) =>
      record(`F${String(file).padStart(7, '0')}.DAT;1`, firstFile + i * FILES_A_FOLDER + file, BLOCK, 0),
    );
    put(places(i), directory([...dots, ...records]));
  }
  put(blocks - 1, Buffer.alloc(BLOCK));
  closeSync(handle);
}

function folderRecords(count, placeOf, length = 0, rootLength = 0) {
  const dots = [record('\0', FIRST_BLOCK, rootLength, 2), record('\x01', FIRST_BLOCK, rootLength, 2)];
  const folders = Array.from({ length: count }, (_, i) =>
    record(`D${String(i).padStart(7, '0')}`, placeOf(i), length, 2),
  );
  return [...dots, ...folders];
}

/** Reads an image once and prints what that took. */
async function measure(path) {
  const source = await FileSource.open(path);
  const started = performance.now();
  const before = process.cpuUsage();
  const image = await readImage(source);
  const milliseconds = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  await source.close();
  const claims = image.map.claims.filter(({ kind }) => kind === 'file').length;
  const peak = process.resourceUsage().maxRSS / 1024;
  const cpu = (user + system) / 1000;
  console.log(
    `${claims} files: ${milliseconds.toFixed(0)} ms (${cpu.toFixed(0)} ms of processor), peak ${peak.toFixed(0)} MB`,
  );
}

function main(counts) {
  const folder = mkdtempSync(join(tmpdir(), 'isoboot-bench-'));
  try {
    for (const files of counts) {
      const path = join(folder, `${files}.iso`);
      writeImage(path, files);
      spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--read', path], { stdio: 'inherit' });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [first, ...others] = process.argv.slice(2);
if (first === '--read') {
  await measure(others[0]);
} else {
  main(first === undefined ? [200_000, 400_000] : [first, ...others].map(Number));
}
