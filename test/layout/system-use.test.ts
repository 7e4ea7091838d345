/** System use entries, by SUSP 1.12 and RRIP 1.12. */
import t from 'tap';
import { bothByteOrders } from '../../src/layout/field.js';
import {
  alternateName,
  childLink,
  continuationArea,
  extensionsReference,
  parentLink,
  posixAttributes,
  sharingProtocolIndicator,
  symbolicLink,
  symbolicLinkComponent,
  systemUseEntryHead,
  timeStamps,
  zisofs,
} from '../../src/layout/system-use.js';
import { zisofsHeader } from '../../src/layout/zisofs.js';
import { golden, hex } from '../kit/golden.js';

const both = (digit: string): string => `0${digit}000000 0000000${digit}`;

t.test('entries of SUSP', async (t) => {
  golden(t, systemUseEntryHead, hex('5252 05 01'), { signature: 'RR', length: 5, version: 1 });
  golden(t, sharingProtocolIndicator, hex('5350 07 01 beef 0e'), {
    signature: 'SP',
    length: 7,
    version: 1,
    checkBytes: hex('beef'),
    lengthOfSkip: 14,
  });
  golden(t, continuationArea, hex(`4345 1c 01 ${both('1')} ${both('2')} ${both('3')}`), {
    signature: 'CE',
    length: 28,
    version: 1,
    blockLocation: bothByteOrders(1),
    offset: bothByteOrders(2),
    lengthOfContinuationArea: bothByteOrders(3),
  });
  golden(t, extensionsReference, hex('4552 ed 01 0a 54 87 01'), {
    signature: 'ER',
    length: 237,
    version: 1,
    lengthOfIdentifier: 10,
    lengthOfDescriptor: 84,
    lengthOfSource: 135,
    extensionVersion: 1,
  });
});

t.test('entries of Rock Ridge', async (t) => {
  golden(t, posixAttributes, hex(`5058 2c 01 ed410000 000041ed ${both('4')} ${both('5')} ${both('6')}`), {
    signature: 'PX',
    length: 44,
    version: 1,
    mode: bothByteOrders(0o040755),
    links: bothByteOrders(4),
    userId: bothByteOrders(5),
    groupId: bothByteOrders(6),
  });
  golden(t, alternateName, hex('4e4d 0d 01 01'), { signature: 'NM', length: 13, version: 1, flags: 1 });
  golden(t, symbolicLink, hex('534c 0f 01 01'), { signature: 'SL', length: 15, version: 1, flags: 1 });
  golden(t, symbolicLinkComponent, hex('01 07'), { flags: 1, length: 7 });
  golden(t, timeStamps, hex('5446 1a 01 0e'), { signature: 'TF', length: 26, version: 1, flags: 14 });
  golden(t, zisofsHeader, hex('37e45396c9dbd607 00001000 04 0f 0000'), {
    magic: hex('37e45396c9dbd607'),
    uncompressedSize: 0x100000,
    headerSizeDiv4: 4,
    blockSizeLog2: 15,
    reserved14: hex('0000'),
  });
  golden(t, childLink, hex(`434c 0c 01 ${both('7')}`), {
    signature: 'CL',
    length: 12,
    version: 1,
    locationOfChildDirectory: bothByteOrders(7),
  });
  golden(t, parentLink, hex(`504c 0c 01 ${both('8')}`), {
    signature: 'PL',
    length: 12,
    version: 1,
    locationOfParentDirectory: bothByteOrders(8),
  });
  golden(t, zisofs, hex('5a46 10 01 707a 04 0f 00100000 00001000'), {
    signature: 'ZF',
    length: 16,
    version: 1,
    algorithm: hex('707a'),
    headerSizeDiv4: 4,
    blockSizeLog2: 15,
    uncompressedSize: bothByteOrders(4096),
  });
});
