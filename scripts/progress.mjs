// Standard error, so that a command's own output can be piped. A closed terminal must not end us untidily.
const stream = process.stderr.on('error', () => {});
process.stdout.on('error', () => {});

/** @type {number | undefined} */
let began;

/** @param {number} start of `performance.now()` */
export const secondsSince = (start) => `${((performance.now() - start) / 1000).toFixed(1)} s`;

/**
 * Begins a step and ends the one before; how long it took stands behind it then.
 * @param {string} what
 */
export function say(what) {
  done();
  began = performance.now();
  stream.write(`› ${what} … `);
}

export function done() {
  if (began !== undefined) stream.write(`${secondsSince(began)}\n`);
  began = undefined;
}

/**
 * For a step whose own output would come between its name and its time.
 * @param {string} what
 * @param {number} start of `performance.now()`
 */
export function tell(what, start) {
  stream.write(`› ${what} … ${secondsSince(start)}\n`);
}

/** @param {unknown} error */
export function fail(error) {
  if (began !== undefined) stream.write('failed\n');
  began = undefined;
  stream.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode ||= 1;
}
