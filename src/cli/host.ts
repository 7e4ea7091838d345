import type { Readable, Writable } from 'node:stream';

/** What the command line takes from the machine it runs on; tests bring their own. */
export interface Host {
  readonly platform: NodeJS.Platform;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Fires on the first signal that asks the process to stop. */
  readonly signal: AbortSignal;
  /** Fires on a second one; a command that asks for it is not ended by that. */
  readonly stopNow?: AbortSignal | undefined;
}
