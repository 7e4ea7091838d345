// Runs isoboot, slowly: behind every sync, and in the middle of every write to the image, it says on standard output where
// it is and waits. Arguments: the number of the point at which it waits until it is killed, the milliseconds at every
// other one, and then isoboot's own.
import plain from 'node:fs';
import fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Milliseconds; longer than it takes to be killed, and not for ever where nobody kills it. */
const HELD = 60_000;

const [held, pause, ...args] = process.argv.slice(2);
/** Of what is open, by its descriptor. */
const names = new Map();
const counts = new Map();
let points = 0;

const { writeSync } = plain;

/** Says where it is; gives how long to wait there. */
function arriveAt(what, name) {
  const key = `${what} of ${name}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
  writeSync(1, `${what} ${counts.get(key)} of ${name}\n`);
  points += 1;
  return points - 1 === Number(held) ? HELD : Number(pause);
}

const { open } = fs;
fs.open = async (...parameters) => {
  const handle = await open(...parameters);
  const isFolder = (await handle.stat()).isDirectory();
  names.set(handle.fd, isFolder ? 'the folder' : basename(String(parameters[0])));
  return handle;
};

const own = await open(fileURLToPath(import.meta.url));
await own.close();
const prototype = Object.getPrototypeOf(own);
const { sync, write, close } = prototype;
prototype.sync = async function () {
  await sync.call(this);
  await setTimeout(arriveAt('behind sync', names.get(this.fd)));
};
prototype.close = async function () {
  names.delete(this.fd);
  await close.call(this);
};
prototype.write = async function (bytes, start, length, position) {
  const name = names.get(this.fd) ?? '';
  if (!name.endsWith('.iso')) {
    return write.call(this, bytes, start, length, position);
  }
  const half = length >> 1;
  const first = await write.call(this, bytes, start, half, position);
  await setTimeout(arriveAt('in write', name));
  const rest = await write.call(this, bytes, start + half, length - half, position + half);
  return { bytesWritten: first.bytesWritten + rest.bytesWritten, buffer: bytes };
};
// The same for what is small, and written at once.
plain.writeSync = (fd, bytes, start, length, position) => {
  const name = names.get(fd) ?? '';
  if (!name.endsWith('.iso')) {
    return writeSync(fd, bytes, start, length, position);
  }
  const half = length >> 1;
  const first = writeSync(fd, bytes, start, half, position);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, arriveAt('in write', name));
  return first + writeSync(fd, bytes, start + half, length - half, position + half);
};

process.argv.splice(1, process.argv.length, 'isoboot', ...args);
createRequire(import.meta.url)('../../bin/isoboot.js');
