import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a program whose output matters only if it fails: then it is the error's message.
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').ExecFileOptions} [options]
 * @returns {Promise<string>} what it printed
 */
export async function runQuietly(program, args, options) {
  try {
    const { stdout } = await run(program, args, { maxBuffer: 1e8, ...options, encoding: 'utf8' });
    return stdout;
  } catch (error) {
    const { stdout, stderr, message } = /** @type {{ stdout: string, stderr: string } & Error} */ (error);
    throw new Error(`${stdout ?? ''}${stderr ?? ''}`.trim() || message, { cause: error });
  }
}
