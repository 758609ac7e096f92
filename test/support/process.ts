import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { collectLog } from './collected-log.js';
import type { TestDatabase } from './database.js';
import { needsOwnApp } from './outside.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Run {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

/** Starts the built app in its own process, as production does. */
export function startProcess(database: TestDatabase, env: Record<string, string> = {}, program = MAIN): Run {
  needsOwnApp('a process of the service');
  const child = spawn(process.execPath, [program], {
    // Outside the clone, so that it does not read its .env.
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: {
      ...database.environment,
      PORT: '0',
      ...env,
    },
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  child.stderr.on('data', (chunk) => (text += String(chunk)));
  const ended = once(child, 'close').then(([code]) => {
    // Commands also print names, which is their result.
    collectLog(text.replace(/^(?!{"level").*\n?/gm, ''));
    return code as number | null;
  });
  return { child, output: () => text, ended };
}

/**
 * @returns the address on which the process listens
 * @throws Error with the output of the process if it ends before it listens
 */
export async function listening({ child, output, ended }: Run): Promise<string> {
  const failed = ended.then((code) => {
    throw new Error(`it ended with ${code} instead of listening: ${output()}`);
  });
  // Most processes end after this function has returned; that rejection is expected.
  failed.catch(() => {});
  for (;;) {
    const address = /listening at (http:\/\/127[^"]+)/.exec(output())?.[1];
    if (address) return address;
    await Promise.race([once(child.stdout!, 'data'), failed]);
  }
}

/** Ids of the processes that this process has started and that still run. */
export function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => {
    const [child, parent, state = ''] = line.trim().split(/ +/);
    return Number(parent) === pid && !state.startsWith('Z') ? Number(child) : [];
  });
}
