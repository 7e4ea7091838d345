/** Finds the system use entries of a directory record, wherever they go on. */
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
import { BLOCK_SIZE } from '../../src/units.js';
import type { StructureList } from './structure.js';

const TABLES: Readonly<Record<string, object>> = {
  SP: sharingProtocolIndicator,
  CE: continuationArea,
  PX: posixAttributes,
  NM: alternateName,
  SL: symbolicLink,
  TF: timeStamps,
  CL: childLink,
  PL: parentLink,
  ZF: zisofs,
  ER: extensionsReference,
};

/** Notes the entries in `length` bytes from `offset`, and those of continuation areas behind them. */
export function surveySystemUse(list: StructureList, offset: number, length: number): void {
  for (let at = 0; at + systemUseEntryHead.span <= length;) {
    const start = offset + at;
    const { signature, length: own } = systemUseEntryHead.decode(
      new Uint8Array([...list.at(start, systemUseEntryHead.span), 0, 0, 0, 0]),
    );
    if (own < systemUseEntryHead.span) {
      return;
    }
    const isNew = list.add(TABLES[signature] ?? systemUseEntryHead, start);
    if (signature === 'SL') {
      list.add(symbolicLinkComponent, start + symbolicLink.span);
    }
    if (signature === 'CE' && isNew) {
      const area = continuationArea.decode(list.bytes, start);
      const from = area.blockLocation.littleEndian * BLOCK_SIZE + area.offset.littleEndian;
      surveySystemUse(list, from, Math.min(area.lengthOfContinuationArea.littleEndian, BLOCK_SIZE));
    }
    at += own;
  }
}
