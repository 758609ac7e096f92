import { TestEnvironment } from 'jest-environment-node';

/** Counts a test as skipped when it needs more than a running service (outside.ts), and says what it needs. */
export default class OutsideEnvironment extends TestEnvironment {
  /** What the skipped tests need, with their number. @type {Map<string, number>} */
  #skipped = new Map();

  /** @param {{ name: string, test?: any }} event @param {any} state */
  handleTestEvent({ name, test }, state) {
    if (name === 'test_done') {
      // Later errors, for example in afterEach, follow from the first.
      const errors = test.errors.map((/** @type {any[]} */ error) => error.flat()[0]);
      const need = errors.find((/** @type {Error | undefined} */ error) => error?.name === 'NeedsOwnApp');
      if (!need) return;
      this.#skipped.set(need.message, (this.#skipped.get(need.message) ?? 0) + 1);
      test.errors = [];
      test.status = 'skip';
    }
    // afterAll fails without what the skipped beforeAll would have created.
    if (name !== 'run_finish' || this.#skipped.size === 0) return;
    state.unhandledErrors.length = 0;
    for (const [need, count] of this.#skipped) process.stderr.write(`  ${count} skipped. ${need}\n`);
  }
}
