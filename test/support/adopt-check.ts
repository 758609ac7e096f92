import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { readServerZone } from '../../src/database/server-zone.js';
import type { TestDatabase } from './database.js';

const COMMAND = fileURLToPath(new URL('../../dist/commands/adopt-check.js', import.meta.url));

/**
 * Runs adopt:check as a read-only user.
 * @param timezone DATABASE_TIMEZONE; the zone of the server by default
 */
export async function adoptCheck(
  database: TestDatabase,
  timezone?: string,
): Promise<{ code: number; text: string }> {
  const { user, end } = await readerOf(database);
  try {
    const child = spawn(process.execPath, [COMMAND], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: {
        ...database.environment,
        DATABASE_USER: user,
        DATABASE_TIMEZONE: timezone ?? (await serverOffset(database)),
      },
    });
    let text = '';
    child.stdout.on('data', (chunk) => (text += String(chunk)));
    child.stderr.on('data', (chunk) => (text += String(chunk)));
    const [code] = (await once(child, 'close')) as [number];
    return { code, text };
  } finally {
    await end();
  }
}

/** A read-only account with the password of our own. A private server has one; on another server our account may create one. */
async function readerOf(database: TestDatabase): Promise<{ user: string; end: () => Promise<unknown> }> {
  const { name, password, serviceUser } = database.config.database;
  if (serviceUser !== null) return { user: 'habi_reader', end: async () => {} };
  const user = name.slice(-25);
  await database.run(`create user '${user}'@'%' identified by '${password}'`);
  await database.run(`grant select on \`${name.replaceAll('_', '\\_')}\`.* to '${user}'@'%'`);
  return { user, end: () => database.run(`drop user '${user}'@'%'`) };
}

/** The UTC offset of the server's time zone, `±hh:mm`. */
export async function serverOffset(database: TestDatabase): Promise<string> {
  return (await readServerZone(database.orm.em)).offsets![0]!;
}
