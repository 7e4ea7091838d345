import type { Writable } from 'node:stream';

/** What the command line takes from the machine it runs on; tests bring their own. */
export interface Host {
  readonly platform: NodeJS.Platform;
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Fires on the first signal that asks the process to stop. */
  readonly signal: AbortSignal;
}
