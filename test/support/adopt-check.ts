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
  const { name } = database.config.database;
  const user = `'${name.slice(-25)}'@'%'`;
  const password = 'only-for-reading-1';
  await database.run(`create user ${user} identified by '${password}'`);
  try {
    // The pattern must equal the pattern of our own grant. Otherwise the server refuses to pass the privilege on.
    const pattern = name.replace(/_test_.*/, '_test').replaceAll('_', '\\_');
    await database.run(`grant select on \`${pattern}%\`.* to ${user}`);
    const child = spawn(process.execPath, [COMMAND], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: {
        ...database.environment,
        DATABASE_USER: user.split("'")[1]!,
        DATABASE_PASSWORD: password,
        DATABASE_TIMEZONE: timezone ?? (await serverOffset(database)),
      },
    });
    let text = '';
    child.stdout.on('data', (chunk) => (text += String(chunk)));
    child.stderr.on('data', (chunk) => (text += String(chunk)));
    const [code] = (await once(child, 'close')) as [number];
    return { code, text };
  } finally {
    await database.run(`drop user ${user}`);
  }
}

/** The UTC offset of the server's time zone, `±hh:mm`. */
export async function serverOffset(database: TestDatabase): Promise<string> {
  return (await readServerZone(database.orm.em)).offsets![0]!;
}
