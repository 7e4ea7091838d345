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

/** What each exit code says; the documents and the man page list them with these words. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'Done, or yes.',
  1: 'A negative answer: something was checked and is not as it should be.',
  2: 'The command line was wrong.',
  3: 'The input is no image that can be read, or it is damaged.',
  4: 'The request cannot be met, or the question has no answer.',
  5: 'Reading or writing failed, or was cancelled.',
};

/** What a failure exits with. */
export type FailureExitCode = Exclude<ExitCode, 0>;

/** What the table of codes has for each. */
export interface CodeMeaning {
  /** What it means, in one sentence for the documentation. */
  readonly meaning: string;
  /** What the command line exits with. */
  readonly exit: FailureExitCode;
  /** The clause of the standard that is at stake, or what else the code refers to. */
  readonly clause: string;
}
