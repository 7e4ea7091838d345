// Runs isoboot, slowly: behind every sync, and in the middle of every write to the image, it says on standard output where
// it is and waits. Arguments: the number of the point at which it waits until it is killed, the milliseconds at every
// other one, and then isoboot's own.
import fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Milliseconds; longer than it takes to be killed, and not for ever where nobody kills it. */
const HELD = 60_000;

const [held, pause, ...args] = process.argv.slice(2);
const names = new WeakMap();
const counts = new Map();
let points = 0;

async function waitAt(what, name) {
  const key = `${what} of ${name}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
  process.stdout.write(`${what} ${counts.get(key)} of ${name}\n`);
  points += 1;
  await setTimeout(points - 1 === Number(held) ? HELD : Number(pause));
}

const { open } = fs;
fs.open = async (...parameters) => {
  const handle = await open(...parameters);
  names.set(handle, (await handle.stat()).isDirectory() ? 'the folder' : basename(String(parameters[0])));
  return handle;
};

const own = await open(fileURLToPath(import.meta.url));
await own.close();
const prototype = Object.getPrototypeOf(own);
const { sync, write } = prototype;
prototype.sync = async function () {
  await sync.call(this);
  await waitAt('behind sync', names.get(this));
};
prototype.write = async function (bytes, start, length, position) {
  const name = names.get(this) ?? '';
  if (!name.endsWith('.iso')) {
    return write.call(this, bytes, start, length, position);
  }
  const half = length >> 1;
  const first = await write.call(this, bytes, start, half, position);
  await waitAt('in write', name);
  const rest = await write.call(this, bytes, start + half, length - half, position + half);
  return { bytesWritten: first.bytesWritten + rest.bytesWritten, buffer: bytes };
};

process.argv.splice(1, process.argv.length, 'isoboot', ...args);
createRequire(import.meta.url)('../../bin/isoboot.js');
