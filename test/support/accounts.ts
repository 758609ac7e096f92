import { pbkdf2Sync } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ask } from './client.js';
import { collectPersonal } from './collected-log.js';
import type { TestDatabase } from './database.js';

export const PASSWORD = 'tres-casas-azules';

/** A hash in Django format, with few iterations to keep tests fast. */
export function djangoHash(password: string, iterations = 1): string {
  const key = pbkdf2Sync(password, 'salt', iterations, 32, 'sha256').toString('base64');
  return `pbkdf2_sha256$${iterations}$salt$${key}`;
}

/** Adds users as a Django site does, all with the same password. */
export async function addUsers(
  database: TestDatabase,
  usernames: readonly string[],
  {
    isStaff = false,
    isActive = true,
    password = djangoHash(PASSWORD),
    joined = usernames.map(() => '2026-01-01 00:00:00'),
  } = {},
): Promise<number[]> {
  for (const username of usernames) collectPersonal({ username });
  const values = usernames.map((username, i) => [
    username,
    `${username}@example.com`,
    password,
    isStaff,
    isActive,
    joined[i],
  ]);
  await database.run(
    `insert into auth_user (username, email, password, is_staff, is_active, is_superuser, first_name, last_name, date_joined)
    values ${values.map(() => "(?, ?, ?, ?, ?, 0, '', '', ?)").join(', ')}`,
    values.flat(),
  );
  const rows = await database.run<{ id: number; username: string }>(
    `select id, username from auth_user where username in (${usernames.map(() => '?').join(', ')})`,
    [...usernames],
  );
  return usernames.map((username) => rows.find((row) => row.username === username)!.id);
}

/** Signs the user in and returns the authorization header. */
export async function signIn(
  app: NestFastifyApplication,
  username: string,
): Promise<{ authorization: string }> {
  const { status, body } = await post(app, '/v1/auth/login', { username, password: PASSWORD });
  if (status !== 200) throw new Error(`sign-in was answered with ${status}`);
  return { authorization: `Bearer ${body.accessToken}` };
}

export function post(app: NestFastifyApplication, url: string, body: object) {
  return ask(app, url, {
    method: 'POST',
    payload: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
}
