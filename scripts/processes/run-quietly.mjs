import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a program without showing its output.
 * @throws {Error} with the output as its message when the program fails
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').ExecFileOptions} [options] `signal` kills the program; the call returns after its end
 * @returns {Promise<string>} standard output
 */
export async function runQuietly(program, args, { signal, ...options } = {}) {
  signal?.throwIfAborted();
  const running = run(program, args, { maxBuffer: 1e8, ...options, encoding: 'utf8' });
  // Not the `signal` of execFile, which sends SIGTERM and does not wait: npm would run for another minute.
  const kill = () => running.child.kill('SIGKILL');
  signal?.addEventListener('abort', kill);
  try {
    return (await running).stdout;
  } catch (error) {
    const { stdout, stderr, message } = /** @type {{ stdout: string, stderr: string } & Error} */ (error);
    throw new Error(`${stdout ?? ''}${stderr ?? ''}`.trim() || message, { cause: error });
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}
