import { asIsoError, EXIT } from '../errors.js';
import type { Host } from './host.js';
import { printError } from './output.js';
import { ownVersion } from './version.js';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs the command line; leaves the exit code in `process.exitCode`. */
export async function run(argv: readonly string[]): Promise<void> {
  if (argv[0] === '--version') {
    process.stdout.write(`${ownVersion()}\n`);
    return;
  }
  const stop = new AbortController();
  const stopNow = new AbortController();
  let received: NodeJS.Signals | undefined;
  let isPatient = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    // Only Ctrl-C has somebody behind it who waits, and may press it again.
    if (received !== undefined || signal !== 'SIGINT') {
      stopNow.abort();
    } else if (isPatient) {
      STOP_SIGNALS.forEach((each) => process.once(each, onSignal));
    }
    received = signal;
    stop.abort();
  };
  STOP_SIGNALS.forEach((signal) => process.once(signal, onSignal));
  // Without a listener Node would crash where a reader goes away.
  unheard(process.stdout);

  const host = hostOf(stop.signal, () => {
    isPatient = true;
    return stopNow.signal;
  });
  process.exitCode = await runOn(host, argv);

  STOP_SIGNALS.forEach((signal) => process.removeListener(signal, onSignal));
  if (received !== undefined && process.exitCode !== EXIT.done) {
    // Whoever sent the signal learns that it was heeded, now that nothing is left half-written.
    process.kill(process.pid, received);
  }
}

/** This machine; its streams are set up when they are first written to, which takes a while. */
function hostOf(signal: AbortSignal, stopNow: () => AbortSignal): Host {
  return {
    platform: process.platform,
    environment: process.env,
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      return unheard(process.stderr);
    },
    signal,
    get stopNow() {
      return stopNow();
    },
  };
}

/** A stream whose reader may go away; that is found out where a write fails, if it matters. */
function unheard(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return stream.listenerCount('error') > 0 ? stream : stream.on('error', () => undefined);
}

/** Runs the command line on a given machine; gives the exit code. */
export async function runOn(host: Host, argv: readonly string[]): Promise<number> {
  try {
    const { parseAndRun } = await import('./parser.js');
    return await parseAndRun(argv, host);
  } catch (error) {
    const known = asIsoError(error);
    // The arguments may not have been understood, so what they say of the output is taken as it stands.
    const json = argv.includes('--json');
    const verbose = argv.includes('-v') || argv.includes('--verbose');
    await printError(host, { json, verbose, quiet: false, stdoutTaken: sendsToStdout(argv) }, known);
    return known.exitCode;
  }
}

function sendsToStdout(argv: readonly string[]): boolean {
  return argv.some(
    (argument, i) =>
      argument === '-o-' ||
      argument === '--output=-' ||
      (argument === '-' && ['-o', '--output'].includes(argv[i - 1] ?? '')),
  );
}
