/** Real images by others, in a folder beside the repository; machines without it skip those tests. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

/** An image of the corpus. */
export interface CorpusImage {
  readonly name: string;
  readonly path: string;
  /** Its row of INDEX.tsv, by column. */
  readonly facts: Readonly<Record<string, string>>;
}

/** Where the corpus is; nothing where it is not there. */
export function corpusFolder(): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(folder, 'shared', 'corpus');
    if (existsSync(candidate)) {
      return candidate;
    }
    const above = dirname(folder);
    if (above === folder) {
      return undefined;
    }
    folder = above;
  }
}

/** Every image of the corpus; nothing, with the test marked as skipped, where it is not there. */
export async function corpusImages(t: Test): Promise<CorpusImage[]> {
  const folder = corpusFolder();
  if (folder === undefined) {
    t.pass('no corpus here', { skip: 'needs shared/corpus in a folder above the repository' });
    return [];
  }
  const rows = await indexRows(join(folder, 'INDEX.tsv'));
  const names = (await readdir(folder)).filter((name) => !/^(INDEX|README)/.test(name)).sort();
  return names.map((name) => ({ name, path: join(folder, name), facts: rows.get(name) ?? {} }));
}

async function indexRows(path: string): Promise<Map<string, Record<string, string>>> {
  const [head = '', ...lines] = (await readFile(path, 'utf8')).split('\n');
  const columns = head.split('\t');
  return new Map(
    lines.map((line) => {
      const values = line.split('\t');
      const facts = Object.fromEntries(columns.map((column, i) => [column, values[i] ?? '']));
      return [facts['file'] ?? '', facts];
    }),
  );
}
