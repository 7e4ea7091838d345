/** Files and folders that cannot be written, for the superuser too where the file system knows how. */
import { chmod, stat } from 'node:fs/promises';
import { run } from './tools.js';

/** Makes a file or folder unwritable and gives how to take that back; nothing where this user and place have no means to. */
export async function makeReadOnly(path: string): Promise<(() => Promise<void>) | undefined> {
  if (process.getuid?.() !== 0) {
    const { mode } = await stat(path);
    await chmod(path, mode & 0o555);
    return () => chmod(path, mode & 0o777);
  }
  const { code } = await run('chattr', ['+i', path]).catch(() => ({ code: -1 }));
  if (code !== 0) {
    return undefined;
  }
  return async () => {
    await run('chattr', ['-i', path]);
  };
}
