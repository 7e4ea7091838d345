import type { Readable, Writable } from 'node:stream';

/** A stream that text goes to. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What the command line takes from the machine it runs on; tests bring their own. */
export interface Host {
  readonly platform: NodeJS.Platform;
  /** The environment's variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Fires on the first signal that asks the process to stop. */
  readonly signal: AbortSignal;
  /** Fires on a second one; a command that asks for it is not ended by that. */
  readonly stopNow?: AbortSignal | undefined;
}
