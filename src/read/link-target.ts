import { latin1 } from '../layout/field.js';
import { COMPONENT_FLAG, symbolicLink, symbolicLinkComponent } from '../layout/system-use.js';
import { decodeName } from './system-use.js';

/** Longer paths are no system's; a hostile image may have them. */
const LONGEST_TARGET = 4096;

const HEAD = symbolicLinkComponent.span;

/** Puts the path together that the SL entries of a record give in parts (RRIP 4.1.3). */
export class LinkTarget {
  #text = '';
  #isOpen = false;
  #isBroken = false;

  /** The path; nothing where no entry came, or where they make no sense. */
  get path(): string | undefined {
    return this.#text === '' || this.#isBroken ? undefined : decodeName(this.#text);
  }

  /** Takes the next SL entry. */
  add(entry: Uint8Array): void {
    let at: number = symbolicLink.span;
    while (at + HEAD <= entry.length) {
      const { flags, length } = symbolicLinkComponent.decode(entry, at);
      const end = at + HEAD + length;
      if (end > entry.length || this.#text.length + length > LONGEST_TARGET) {
        this.#isBroken = true;
        return;
      }
      this.#addComponent(flags, latin1(entry.subarray(at + HEAD, end)));
      at = end;
    }
  }

  #addComponent(flags: number, name: string): void {
    const kind = flags & ~COMPONENT_FLAG.continues;
    if (kind === COMPONENT_FLAG.root) {
      // Only in front does it mean the root of all; the slash is what comes of it.
      this.#isBroken ||= this.#text !== '';
      this.#text = '/';
      return;
    }
    const word = wordOf(kind, name);
    if (word === undefined) {
      this.#isBroken = true;
      return;
    }
    const isFirst = this.#text === '' || this.#text === '/';
    this.#text += isFirst || this.#isOpen ? word : `/${word}`;
    this.#isOpen = (flags & COMPONENT_FLAG.continues) !== 0;
  }
}

function wordOf(kind: number, name: string): string | undefined {
  switch (kind) {
    case COMPONENT_FLAG.current:
      return '.';
    case COMPONENT_FLAG.parent:
      return '..';
    case 0:
      return name;
    default:
      return undefined;
  }
}
