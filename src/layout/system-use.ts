/** System use entries: the frame (SUSP 1.12) and what Rock Ridge puts into it (RRIP 1.12). */

import { both32, bytes, u8, characters } from './field.js';
import { table } from './table.js';

const head = { signature: characters(2), length: u8(), version: u8() };

/** The four bytes that every entry starts with (SUSP 4.1). */
export const systemUseEntryHead = table('system use entry', head);

/** SP, sharing protocol indicator: in the root's own record only (SUSP 5.3). */
export const sharingProtocolIndicator = table('SP', { ...head, checkBytes: bytes(2), lengthOfSkip: u8() });
export const SHARING_PROTOCOL_CHECK = [0xbe, 0xef] as const;

/** CE, continuation area: where a record's entries go on (SUSP 5.1). */
export const continuationArea = table('CE', {
  ...head,
  blockLocation: both32(),
  offset: both32(),
  lengthOfContinuationArea: both32(),
});

/** PX, POSIX file attributes, the part that both versions of the protocol have (RRIP 4.1.1). */
export const posixAttributes = table('PX', {
  ...head,
  mode: both32(),
  links: both32(),
  userId: both32(),
  groupId: both32(),
});

/** NM, alternate name, in front of the name itself (RRIP 4.1.4). */
export const alternateName = table('NM', { ...head, flags: u8() });
export const NAME_FLAG = { continues: 0x01, current: 0x02, parent: 0x04 } as const;

/** SL, symbolic link, in front of its component records (RRIP 4.1.3). */
export const symbolicLink = table('SL', { ...head, flags: u8() });

/** What each component record of an SL entry starts with; its text follows (RRIP 4.1.3.1). */
export const symbolicLinkComponent = table('SL component', { flags: u8(), length: u8() });
export const COMPONENT_FLAG = { continues: 0x01, current: 0x02, parent: 0x04, root: 0x08 } as const;

/** TF, time stamps for a file, in front of the stamps that its flags say are there (RRIP 4.1.6). */
export const timeStamps = table('TF', { ...head, flags: u8() });
export const TIME_FLAG = { creation: 0x01, modify: 0x02, longForm: 0x80 } as const;
/** Bytes of a stamp: a directory record's form, or a volume descriptor's. */
export const TIME_STAMP_LENGTH = { short: 7, long: 17 } as const;

/** CL, child link: stands for a directory that was moved elsewhere (RRIP 4.1.5.1). */
export const childLink = table('CL', { ...head, locationOfChildDirectory: both32() });

/** PL, parent link: in the moved directory's record of its parent (RRIP 4.1.5.2). */
export const parentLink = table('PL', { ...head, locationOfParentDirectory: both32() });

/** ZF, a file that is stored zisofs-compressed (the zisofs authors' extension of RRIP). */
export const zisofs = table('ZF', {
  ...head,
  algorithm: bytes(2),
  headerSizeDiv4: u8(),
  blockSizeLog2: u8(),
  uncompressedSize: both32(),
});

/** ER, extensions reference, in front of its three texts (SUSP 5.5). */
export const extensionsReference = table('ER', {
  ...head,
  lengthOfIdentifier: u8(),
  lengthOfDescriptor: u8(),
  lengthOfSource: u8(),
  extensionVersion: u8(),
});
