/** What a process exits with; the numbers are part of the command line's contract. */
export const EXIT = {
  done: 0,
  negative: 1,
  usage: 2,
  damaged: 3,
  cannot: 4,
  io: 5,
} as const;

/** One of the six exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a failure exits with. */
export type FailureExitCode = Exclude<ExitCode, 0>;

/** What the table of codes has for each. */
export interface CodeMeaning {
  /** What it means, in one sentence for the documentation. */
  readonly meaning: string;
  readonly exit: FailureExitCode;
  /** The clause of the standard that is at stake, or what else the code refers to. */
  readonly clause: string;
}
