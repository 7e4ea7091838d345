/** How long work may go on that lets nothing else come to its turn, in milliseconds. */
const LONGEST = 20;

/** Lets signals, progress bars and whatever else waits come to their turn between many small pieces of work. */
export class Breath {
  #last = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.#last >= LONGEST) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#last = performance.now();
    }
  }
}
