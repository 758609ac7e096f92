import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a program whose output matters only if it fails: then it is the error's message.
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').ExecFileOptions} [options] `signal` kills it, and we wait until it is gone
 * @returns {Promise<string>} what it printed
 */
export async function runQuietly(program, args, { signal, ...options } = {}) {
  signal?.throwIfAborted();
  const running = run(program, args, { maxBuffer: 1e8, ...options, encoding: 'utf8' });
  // Not by execFile's own signal, which asks politely and does not wait: npm would go on for a minute.
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
