import type { IsoErrorCode, IsoErrorDetails } from '../errors.js';
import { LIMITS } from './limits.js';

/** How much an oddity matters: `error` keeps an edit from being made, `warning` may trouble some reader, `note` is told. */
export type Severity = 'note' | 'warning' | 'error';

/** An oddity of an image that did not keep it from being read. */
export interface Finding {
  /** What is odd; stable. */
  readonly code: IsoErrorCode;
  /** How bad it is. */
  readonly severity: Severity;
  /** What is odd, for people. */
  readonly message: string;
  /** Byte offset in the image. */
  readonly offset?: number;
  /** What stands there. */
  readonly found?: string | number;
  /** What should stand there. */
  readonly wanted?: string | number;
}

/** Collects findings, up to a limit. */
export class Findings {
  readonly list: Finding[] = [];
  #isFullOfErrors = false;

  /** `message` may be left to be made: there may be a million findings, with paths that are long. */
  add(
    severity: Severity,
    code: IsoErrorCode,
    message: string | (() => string),
    details: Omit<IsoErrorDetails, 'cause'> = {},
  ): void {
    if (this.list.length >= LIMITS.findings) {
      // What keeps an image from being edited is never lost among small oddities.
      if (this.#isFullOfErrors || severity !== 'error') {
        return;
      }
      const lesser = this.list.findLastIndex((each) => each.severity !== 'error');
      if (lesser < 0) {
        this.#isFullOfErrors = true;
        return;
      }
      this.list.splice(lesser, 1);
    }
    const text = typeof message === 'string' ? message : message();
    this.list.push({ code, severity, message: text, ...details });
  }
}
