import { TestEnvironment } from 'jest-environment-node';

/** Counts a test as skipped when it needs more than a running service (outside.ts). */
export default class OutsideEnvironment extends TestEnvironment {
  #hasSkipped = false;

  /** @param {{ name: string, test?: any }} event @param {any} state */
  handleTestEvent({ name, test }, state) {
    if (name === 'test_done') {
      // Later errors, for example in afterEach, follow from the first.
      if (!test.errors.some((/** @type {any[]} */ error) => error.flat()[0]?.name === 'NeedsOwnApp')) return;
      this.#hasSkipped = true;
      test.errors = [];
      test.status = 'skip';
    }
    // afterAll fails without what the skipped beforeAll would have created.
    if (name === 'run_finish' && this.#hasSkipped) state.unhandledErrors.length = 0;
  }
}
