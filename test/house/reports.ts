/** What the commands print with `--json`, of many kinds. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import type { Test } from 'tap';
import { compareSources } from '../../src/job/compare.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { block, cli, workplace } from '../cli/machine.js';
import { crowded, scratchedDisc, withManifest, withSuseDigest, withWrongSums } from './discs.js';

/** A report as a program gets it. */
export type Report = Readonly<Record<string, unknown>>;

/** Reports of many kinds, so that every field is there once. */
export async function makeReports(t: Test): Promise<Report[]> {
  const { folder, image, at } = await workplace(t);
  const odd = at('odd.iso');
  const bytes = await readFile(image);
  bytes.writeUInt32LE(300, block(16) + 80);
  await writeFile(odd, bytes);
  await copyFile(image, at('edited.iso'));
  await writeFile(at('bad.iso'), await withWrongSums(image));
  await writeFile(at('suse.iso'), await withSuseDigest(image));
  await writeFile(at('listed.iso'), await withManifest(image));
  await writeFile(at('crowded.iso'), crowded());
  await writeFile(at('wrong.yaml'), 'jobs: []');
  await writeFile(at('zeros.iso'), new Uint8Array(20 * block(1)));
  const commands = [
    ['inject', image, '--media-check', 'add', '-o', at('out.iso')],
    ['inject', at('edited.iso'), '--in-place'],
    ['inject', image, '--dry-run'],
    ['inject', at('out.iso'), '--ensure'],
    ['inject', odd],
    ['inject', at('listed.iso'), '-o', at('listed-out.iso')],
    ['inject', at('crowded.iso'), '--dry-run'],
    ['remove-boot', at('out.iso')],
    ['media-check', at('out.iso'), '--implant', '--force'],
    ['media-check', at('out-checked.iso')],
    ['media-check', at('bad.iso')],
    ['media-check', at('out.iso'), '--strip', '--in-place', '--dry-run'],
    ['compare', at('suse.iso'), '--against', image],
    ['inspect', image],
    ['inspect', at('suse.iso')],
    ['inspect', at('out.iso')],
    ['inspect', odd],
    ['inspect', at('listed-out.iso')],
    ['inspect', at('edited.iso')],
    ['extract-boot', at('out.iso'), '--all', folder],
    ['extract-boot', at('out.iso'), '--catalog', '-o', at('boot.cat')],
    ['ls', image, '-R'],
    ['extract', image, '/', '-o', at('files')],
    ['undo', at('edited.iso')],
    ['batch', image, at('suse.iso'), at('bad.iso'), '--out-dir', at('made'), '--report', at('made.jsonl')],
    [
      'batch',
      at('zeros.iso'),
      at('edited.iso'),
      at('out.iso'),
      '--do',
      'inspect',
      '--report',
      at('read.jsonl'),
    ],
    ['batch', at('wrong.yaml')],
    ['burn', image],
  ];
  const reports: Report[] = [];
  for (const argv of commands) {
    const { stdout } = await cli([...argv, '--json']);
    reports.push(JSON.parse(stdout) as Report);
  }
  const { stderr } = await cli(['inject', image, '-o', '-', '--json']);
  const lines = [...(await jobLines(at('made.jsonl'))), ...(await jobLines(at('read.jsonl')))];
  const scratched = await compareSources(await scratchedDisc(image), new MemorySource(await readFile(image)));
  return [...reports, ...lines, { ...scratched }, JSON.parse(stderr) as Report];
}

/** The lines of a batch's report. */
async function jobLines(path: string): Promise<Report[]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Report);
}
