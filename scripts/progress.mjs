// Progress goes to standard error, so the output of a command can be piped. The error handlers keep the process alive when
// the terminal is closed, so that it can clean up.
const stream = process.stderr.on('error', () => {});
process.stdout.on('error', () => {});

/** Start of the current step. @type {number | undefined} */
let stepStartedAt;

/** @param {number} start a value of `performance.now()` */
export const secondsSince = (start) => `${((performance.now() - start) / 1000).toFixed(1)} s`;

/** Starts a step and ends the previous one, whose duration is then printed. @param {string} step */
export function say(step) {
  done();
  stepStartedAt = performance.now();
  stream.write(`› ${step} … `);
}

export function done() {
  if (stepStartedAt !== undefined) stream.write(`${secondsSince(stepStartedAt)}\n`);
  stepStartedAt = undefined;
}

/**
 * Prints a finished step with its duration, for a step that prints output of its own.
 * @param {string} step
 * @param {number} start a value of `performance.now()`
 */
export function sayDone(step, start) {
  stream.write(`› ${step} … ${secondsSince(start)}\n`);
}

/** @param {unknown} error */
export function fail(error) {
  if (stepStartedAt !== undefined) stream.write('failed\n');
  stepStartedAt = undefined;
  stream.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode ||= 1;
}
