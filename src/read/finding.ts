import type { IsoErrorCode, IsoErrorDetails } from '../errors.js';
import { LIMITS } from './limits.js';

/** How much an oddity matters: `error` keeps an edit from being made, `warning` may trouble some reader, `note` is told. */
export type Severity = 'note' | 'warning' | 'error';

/** An oddity of an image that did not keep it from being read. */
export interface Finding {
  readonly code: IsoErrorCode;
  readonly severity: Severity;
  readonly message: string;
  /** Byte offset in the image. */
  readonly offset?: number;
  readonly found?: string | number;
  readonly wanted?: string | number;
}

/** Collects findings, up to a limit. */
export class Findings {
  readonly list: Finding[] = [];

  add(
    severity: Severity,
    code: IsoErrorCode,
    message: string,
    details: Omit<IsoErrorDetails, 'cause'> = {},
  ): void {
    if (this.list.length >= LIMITS.findings) {
      // What keeps an image from being edited is never lost among small oddities.
      const lesser = severity === 'error' ? this.list.findLastIndex((each) => each.severity !== 'error') : -1;
      if (lesser < 0) {
        return;
      }
      this.list.splice(lesser, 1);
    }
    this.list.push({ code, severity, message, ...details });
  }
}
