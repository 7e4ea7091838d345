/** System use entries as Rock Ridge writes them, true or lying, on the layout tables. */
import { bothByteOrders } from '../../src/layout/field.js';
import {
  alternateName,
  childLink,
  posixAttributes,
  sharingProtocolIndicator,
  SHARING_PROTOCOL_CHECK,
  symbolicLink,
  symbolicLinkComponent,
  timeStamps,
  zisofs,
} from '../../src/layout/system-use.js';
import { joined } from './image-builder.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** SP, which the root's record of itself has to have. */
export function sp(lengthOfSkip = 0): Uint8Array {
  const head = { signature: 'SP', length: sharingProtocolIndicator.span, version: 1 };
  const checkBytes = Uint8Array.from(SHARING_PROTOCOL_CHECK);
  return sharingProtocolIndicator.encode({ ...head, checkBytes, lengthOfSkip });
}

/** NM, a name. */
export function nm(name: string): Uint8Array {
  const text = utf8(name);
  const length = alternateName.span + text.length;
  return joined(alternateName.encode({ signature: 'NM', length, version: 1, flags: 0 }), text);
}

/** PX, a mode. */
export function px(mode: number): Uint8Array {
  const [one, none] = [bothByteOrders(1), bothByteOrders(0)];
  const head = { signature: 'PX', length: posixAttributes.span, version: 1 };
  return posixAttributes.encode({
    ...head,
    mode: bothByteOrders(mode),
    links: one,
    userId: none,
    groupId: none,
  });
}

/** One component of a link's target: its flags, and its text. */
export type Component = readonly [flags: number, text: string];

/** SL, a link's target or a part of it. */
export function sl(...components: readonly Component[]): Uint8Array {
  const records = components.map(([flags, text]) =>
    joined(symbolicLinkComponent.encode({ flags, length: utf8(text).length }), utf8(text)),
  );
  const length = symbolicLink.span + records.reduce((sum, record) => sum + record.length, 0);
  return joined(symbolicLink.encode({ signature: 'SL', length, version: 1, flags: 0 }), ...records);
}

/** TF, stamps as its flags name them. */
export function tf(flags: number, ...stamps: readonly Uint8Array[]): Uint8Array {
  const length = timeStamps.span + stamps.reduce((sum, stamp) => sum + stamp.length, 0);
  return joined(timeStamps.encode({ signature: 'TF', length, version: 1, flags }), ...stamps);
}

/** CL, the block of a directory that was moved. */
export function cl(block: number): Uint8Array {
  const head = { signature: 'CL', length: childLink.span, version: 1 };
  return childLink.encode({ ...head, locationOfChildDirectory: bothByteOrders(block) });
}

/** ZF, a file that is stored compressed. */
export function zf(uncompressedSize: number, blockSizeLog2 = 15, algorithm = 'pz'): Uint8Array {
  return zisofs.encode({
    signature: 'ZF',
    length: zisofs.span,
    version: 1,
    algorithm: utf8(algorithm),
    headerSizeDiv4: 4,
    blockSizeLog2,
    uncompressedSize: bothByteOrders(uncompressedSize),
  });
}
