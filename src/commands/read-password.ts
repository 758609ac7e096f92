import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { UsageError } from './run-command.js';

/** Asks for a password on the terminal, without showing it; without a terminal, reads the first line of the input. */
export async function readPassword(): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) return readLine();
  stderr.write('Password: ');
  const password = await readLine();
  stderr.write('\nThe same again: ');
  const again = await readLine();
  stderr.write('\n');
  if (password !== again) throw new UsageError('The two passwords differ.');
  return password;
}

function readLine(): Promise<string> {
  const { stdin } = process;
  // The terminal does not show the typed characters.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output, terminal: stdin.isTTY });
  return new Promise((resolve, reject) => {
    let line = '';
    lines.once('line', (text) => {
      line = text;
      lines.close();
    });
    lines.once('SIGINT', () => {
      lines.close();
      reject(new UsageError('Stopped.'));
    });
    lines.once('close', () => resolve(line));
  });
}
