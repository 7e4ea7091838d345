import { firstDifference } from '../bytes.js';
import {
  BOOT_MEDIA_TYPE_MASK,
  encodeValidationEntry,
  PLATFORM_ID,
  SECTION_HEADER,
  sectionHeader,
  initialEntry,
  validationEntry,
} from '../layout/el-torito.js';
import type { BootCatalog, CatalogEntry } from '../read/boot-catalog.js';
import { catalogBlock, encodeSectionEntry, type PlannedEntry } from './boot-catalog.js';

/** An entry of a catalog that keeps old entries: an old one as it stands, or a new one. */
type Joined = { readonly kept: CatalogEntry } | { readonly added: PlannedEntry };

/**
 * Entries in the order in which the catalog has them: those that are kept, then those that are added; but the first is
 * one for the BIOS, where there is one, as SeaBIOS looks at no other.
 */
export function orderEntries<K extends CatalogEntry, A extends PlannedEntry>(
  kept: readonly K[],
  added: readonly A[],
): ({ readonly kept: K } | { readonly added: A })[] {
  const all = [...kept.map((entry) => ({ kept: entry })), ...added.map((entry) => ({ added: entry }))];
  const first = all.findIndex((each) => isForBios(each));
  const [main] = first < 0 ? [] : all.splice(first, 1);
  return main === undefined ? all : [main, ...all];
}

/** The initial entry has no room for extension records, so that one with them stays in its section. */
function isForBios(each: Joined): boolean {
  return 'kept' in each
    ? each.kept.platformId === PLATFORM_ID.x86 && each.kept.bootable && each.kept.extensions.length === 0
    : each.added.platformId === PLATFORM_ID.x86;
}

/** Entries of one platform under one header. */
interface Group {
  readonly platformId: number;
  readonly header: Uint8Array | undefined;
  readonly members: Joined[];
}

/**
 * The block of a catalog in which new entries join the old ones, which stay as they are: settings, selection criteria,
 * extension records and identification. Errors: `ISO_BOOT_CATALOG` where they do not fit into one block.
 */
export function encodeJoinedCatalog(catalog: BootCatalog, added: readonly PlannedEntry[]): Uint8Array {
  const [initial, ...others] = orderEntries(catalog.entries, added);
  const { idString } = validationEntry.decode(catalog.validation);
  const platformId = initial === undefined ? PLATFORM_ID.x86 : platformOf(initial);
  const groups = groupsOf(others);
  const sections = groups.flatMap((group, i) => encodeGroup(group, i === groups.length - 1));
  const first = initial === undefined ? [] : [encodeFirst(initial)];
  return catalogBlock([encodeValidationEntry({ platformId, idString }), ...first, ...sections]);
}

function platformOf(each: Joined): number {
  return 'kept' in each ? each.kept.platformId : each.added.platformId;
}

/** An old entry joins its own section, a new one the first of its platform. */
function groupsOf(entries: readonly Joined[]): Group[] {
  const groups: Group[] = [];
  for (const each of entries) {
    const platformId = platformOf(each);
    const header = 'kept' in each ? each.kept.header : undefined;
    const group = groups.find(
      (other) => other.platformId === platformId && (header === undefined || isSame(other.header, header)),
    );
    if (group === undefined) {
      groups.push({ platformId, header, members: [each] });
    } else {
      group.members.push(each);
    }
  }
  return groups;
}

/** Whether two headers are one: but for their count and what follows, which are written anew. */
function isSame(one: Uint8Array | undefined, other: Uint8Array): boolean {
  const { offset, length } = sectionHeader.rangeOf('idString');
  return (
    one !== undefined && firstDifference(one.subarray(offset, offset + length), other.subarray(offset)) < 0
  );
}

function encodeGroup({ platformId, header, members }: Group, isLast: boolean): Uint8Array[] {
  const idString = header === undefined ? '' : sectionHeader.decode(header).idString;
  const headerIndicator = isLast ? SECTION_HEADER.last : SECTION_HEADER.moreFollow;
  const numberOfSectionEntries = members.length;
  return [
    sectionHeader.encode({ headerIndicator, platformId, numberOfSectionEntries, idString }),
    ...members.flatMap((each) =>
      'kept' in each ? [each.kept.record, ...each.kept.extensions] : [encodeSectionEntry(each.added)],
    ),
  ];
}

/** What a section entry has behind the fields of the initial one is unused there, and its flags are reserved. */
function encodeFirst(each: Joined): Uint8Array {
  const record = 'kept' in each ? each.kept.record.slice() : encodeSectionEntry(each.added);
  if ('kept' in each && each.kept.header === undefined) {
    return record;
  }
  record[initialEntry.offsetOf('bootMediaType')] =
    initialEntry.decode(record).bootMediaType & BOOT_MEDIA_TYPE_MASK;
  return record.fill(0, initialEntry.offsetOf('unused12'));
}
