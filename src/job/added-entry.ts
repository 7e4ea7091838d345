import { IsoError } from '../errors.js';
import type { AddedEntry } from './boot-choice.js';

/** How an added entry starts that is a local file. */
export const LOCAL_ENTRY = 'efi:@';

/** Reads `bios:/path`, `efi:/path` or `efi:@local`. Errors: `ISO_USAGE_ARGUMENT`. */
export function parseAddedEntry(text: string): AddedEntry {
  const [, platform, at, name] = /^(bios|efi):(?:(@)|(?=\/))(.+)$/s.exec(text) ?? [];
  if (
    name === undefined ||
    (platform !== 'bios' && platform !== 'efi') ||
    (platform === 'bios' && at === '@')
  ) {
    throw new IsoError('ISO_USAGE_ARGUMENT', '--add does not name an entry', {
      found: text,
      wanted: 'bios:/path, efi:/path or efi:@local',
    });
  }
  return { platform, from: at === '@' ? { local: name } : { path: name } };
}
