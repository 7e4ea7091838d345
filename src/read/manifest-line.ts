/** How a sum is made. */
export type ManifestAlgorithm = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512' | 'blake2b';

/** What one line of a list of checksums says. */
export interface ManifestLine {
  readonly algorithm: ManifestAlgorithm;
  /** Hexadecimal digits, in lower case. */
  readonly digest: string;
  /** Path of the file as it is written there. */
  readonly name: string;
}

/** Hexadecimal digits of each sum; what BLAKE2 has in common with SHA-512 the list's own name has to tell. */
const ALGORITHM_BY_DIGITS: Readonly<Record<number, ManifestAlgorithm>> = {
  32: 'md5',
  40: 'sha1',
  56: 'sha224',
  64: 'sha256',
  96: 'sha384',
  128: 'sha512',
};

/** `sum  name`, `sum *name` (GNU coreutils, the name of a line that starts with a backslash being escaped). */
const GNU = /^\\?([0-9a-f]{32,128})[ \t]+\*?(.+)$/i;
/** `SHA256 (name) = sum` (BSD). */
const BSD = /^[a-z0-9-]{2,12} ?\((.+)\) ?= ?([0-9a-f]{32,128})$/i;
/** `HASH SHA256 sum name` (SUSE's `content`). */
const SUSE = /^HASH[ \t]+[a-z0-9-]{2,12}[ \t]+([0-9a-f]{32,128})[ \t]+(.+)$/i;
/** `name = sha256:sum`, with what stands in front of it left to be looked at (`.treeinfo` of Red Hat's productmd). */
const TREEINFO_SUM = /[=:][ \t]*(?:md5|sha\d{1,3}):([0-9a-f]{32,128})$/i;

/** Reads a line of a list of checksums in any of the forms that are found on discs; nothing if it is in none of them. */
export function parseManifestLine(line: string): ManifestLine | undefined {
  const text = line.trim();
  const bsd = BSD.exec(text);
  if (bsd !== null) {
    return made(bsd[2], bsd[1]);
  }
  const [, digest, name] = GNU.exec(text) ?? SUSE.exec(text) ?? [];
  if (digest !== undefined) {
    return made(digest, name);
  }
  const treeinfo = TREEINFO_SUM.exec(text);
  return treeinfo === null ? undefined : made(treeinfo[1], text.slice(0, treeinfo.index));
}

function made(digest = '', name = ''): ManifestLine | undefined {
  const algorithm = ALGORITHM_BY_DIGITS[digest.length];
  const path = name.trim();
  return algorithm === undefined || path === ''
    ? undefined
    : { algorithm, digest: digest.toLowerCase(), name: path };
}
