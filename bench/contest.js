/** Commands in turn, A B A B, so that what slows the machine down for a while slows all of them down. */
import { setImmediate } from 'node:timers/promises';
import { peakOf, secondsOf } from './measure.js';
import { median, quartiles } from './statistics.js';

/**
 * Runs each command once for its peak of memory and the check of what it did, then times all of them in turn.
 *
 * Gives what is known of each by its name. What a command needs to be there, and what it must not find, is put in order
 * in front of each run, outside of its time.
 */
export async function contest(commands, { rounds, folder }) {
  const results = new Map();
  for (const command of commands) {
    command.before?.();
    const peakBytes = await peakOf(command, folder);
    const checked = command.check === undefined ? null : await command.check();
    results.set(command.name, { name: command.name, checked, peakBytes, seconds: [] });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const command of commands) {
      // What is timed holds up everything else: a signal gets through only here.
      await setImmediate();
      command.before?.();
      results.get(command.name).seconds.push(secondsOf(command));
    }
  }
  for (const result of results.values()) {
    result.median = median(result.seconds);
    result.quartiles = quartiles(result.seconds);
  }
  return results;
}
