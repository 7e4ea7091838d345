/** Folders with images on disk for the jobs, and what is left in them. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Test } from 'tap';
import { inject } from '../../src/job/inject.js';
import type { InjectOptions } from '../../src/job/inject-options.js';
import type { InjectReport } from '../../src/job/report.js';
import { digestHere } from '../kit/digest-here.js';
import { sha256, snapshot } from '../kit/digest.js';
import { hex } from '../kit/golden.js';
import type { RecordSpec } from '../kit/image-builder.js';
import { makeLoader, vendorImage, type VendorSpec } from '../plan/planning.js';

digestHere();

/** Where the EFI image of a built image lies, and its size: a FAT file system of 8 sectors. */
export const EFI = { at: 40, size: 4096, sectors: 8, path: '/ISOLINUX/EFIBOOT.IMG' } as const;

/** A file that starts as a FAT file system of 8 sectors. */
export function fatImage(): Uint8Array {
  const bytes = new Uint8Array(EFI.size).fill(0xc3, 64);
  bytes.set(hex('eb3c90 6d6b66732e666174 0002 01 0100 02 e000 0800 f8'));
  return bytes;
}

/** What a built image is to have beside its loader. */
export interface DiscSpec extends VendorSpec {
  readonly efi?: boolean;
  /** Without it, the loader has a name that is none of a known place. */
  readonly bios?: boolean;
}

/** The bytes of an image with a loader, an EFI image, or both. */
export function discBytes({ efi, bios, ...spec }: DiscSpec = {}): Uint8Array {
  const records: RecordSpec[] = [...(spec.records ?? [])];
  if (efi === true) {
    records.push({ name: 'EFIBOOT.IMG;1', at: EFI.at, length: EFI.size });
  }
  const record = bios === false ? { name: 'OTHER.BIN;1', ...spec.record } : (spec.record ?? {});
  const image = vendorImage({ ...spec, records, record });
  return (efi === true ? image.put(EFI.at, fatImage()) : image).bytes;
}

/** A folder for one test. */
export class Place {
  readonly folder: string;

  constructor(t: Test) {
    this.folder = t.testdir({});
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  /** Puts a file there. */
  async put(name: string, bytes: Uint8Array): Promise<string> {
    await writeFile(this.at(name), bytes);
    return this.at(name);
  }

  /** Puts a built image there. */
  async disc(name: string, spec: DiscSpec = {}): Promise<string> {
    return this.put(name, discBytes(spec));
  }

  /** Puts a built image there that boots by what it holds. */
  async bootableDisc(name: string, spec: DiscSpec & Partial<InjectOptions> = {}): Promise<string> {
    const input = await this.disc(`${name}.plain`, spec);
    await inject({ ...spec, input, target: { kind: 'copy', path: this.at(name), force: false } });
    return this.at(name);
  }

  async digest(name: string): Promise<string> {
    return sha256(await readFile(this.at(name)));
  }

  /** Takes files away that may be there. */
  async clear(...names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => rm(this.at(name), { force: true })));
  }

  async snapshot(): Promise<Record<string, string>> {
    return snapshot(this.folder);
  }
}

/** Takes all bytes and keeps them. */
export class Collector extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(Buffer.from(chunk));
    done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** What an injection into a copy reports. */
export async function injectCopy(
  input: string,
  output: string,
  options: Partial<InjectOptions> = {},
): Promise<InjectReport> {
  return inject({ input, target: { kind: 'copy', path: output, force: false }, ...options });
}

/** An injection that is only planned. */
export async function dryRun(input: string, options: Partial<InjectOptions> = {}): Promise<InjectReport> {
  return inject({ input, target: { kind: 'in-place' }, dryRun: true, ...options });
}

/** A loader that takes no boot info table. */
export function plainLoader(size: number): Uint8Array {
  return makeLoader(size).fill(0x90, 8, 64);
}
