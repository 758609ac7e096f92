import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { AccountWorker } from '../../src/privacy/account-worker.js';
import { addUsers, djangoHash, PASSWORD, post, signIn } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { addProperty } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';

useApp();

const CLONE = fileURLToPath(new URL('../..', import.meta.url));
const NEW_PASSWORD = 'cuatro-casas-verdes';

/** Runs the compiled command, as `npm run` does. */
async function run(
  command: string,
  args: string[],
  { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {},
): Promise<{ code: number; output: string; errors: string }> {
  const child = spawn(process.execPath, [`dist/commands/user-${command}.js`, ...args], {
    cwd: CLONE,
    env: { ...process.env, ...database.environment, ...env },
  });
  child.stdin.end(input);
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  // Without the lines of the security log.
  return { code, output, errors: errors.replaceAll(/^\{.*\}\n/gm, '') };
}
const ofUser = (username: string, ...args: string[]): string[] => ['--username', username, ...args];
const login = (username: string, password = PASSWORD) => post(app, '/v1/auth/login', { username, password });

describe('npm run user:create', () => {
  it('reads the password from its input; --password works, with a warning', async () => {
    const args = (username: string) => ofUser(username, '--email', `${username}@example.com`);
    const [created, weak, empty, given] = await Promise.all([
      run('create', [...args('rosa'), '--staff'], { input: `${PASSWORD}\nmore\n` }),
      run('create', args('ines'), { input: 'corta\n' }),
      run('create', args('ines')),
      run('create', [...args('julio'), '--password', PASSWORD]),
    ]);
    expect(created).toEqual({
      code: 0,
      output: expect.stringMatching(/^Created staff rosa with id \d+\.\n$/),
      errors: '',
    });
    expect((await login('rosa')).status).toBe(200);
    expect([weak.code, weak.errors]).toEqual([1, expect.stringContaining('--password must have at least 8')]);
    expect(empty.code).toBe(1);
    expect([given.code, given.errors]).toEqual([0, expect.stringContaining('Leave it out next time')]);
  });
});

describe('the commands for one user', () => {
  it('list shows who matches, and no email', async () => {
    await addUsers(database, ['lista_ana'], { isStaff: true });
    await addUsers(database, ['lista_eva', 'listaXeva'], { isActive: false });
    const [all, staff, inactive] = await Promise.all([
      run('list', ['--prefix', 'lista_']),
      run('list', ['--prefix', 'lista', '--staff']),
      run('list', ['--inactive', '--prefix', 'lista']),
    ]);
    expect(all.output).toMatch(
      /^\d+\tlista_ana\tstaff\tactive\tnever\n\d+\tlista_eva\tuser\tinactive\tnever\n$/,
    );
    expect(staff.output).toMatch(/^\d+\tlista_ana\t[^\n]*\n$/);
    expect(inactive.output.split('\n')).toHaveLength(3);
  });

  it('deactivate ends the sign-ins and keeps the user out, activate lets them in; staff gives and takes the right', async () => {
    await addUsers(database, ['dora']);
    const { refreshToken } = (await login('dora')).body;
    expect(await run('deactivate', ofUser('DORA'))).toMatchObject({ code: 0, errors: '' });
    expect((await login('dora')).status).toBe(401);
    await run('activate', ofUser('dora'));
    expect((await post(app, '/v1/auth/refresh', { refreshToken })).status).toBe(401);
    expect((await login('dora')).status).toBe(200);
    const isStaff = () => database.run("select is_staff from auth_user where username = 'dora'");
    await run('staff', ofUser('dora'));
    expect(await isStaff()).toEqual([{ is_staff: 1 }]);
    await run('staff', ofUser('dora', '--remove'));
    expect(await isStaff()).toEqual([{ is_staff: 0 }]);
  });

  it('end-sessions ends all sign-ins of one user', async () => {
    await addUsers(database, ['fabio', 'gina']);
    const [fabio, gina] = [(await login('fabio')).body, (await login('gina')).body];
    expect((await run('end-sessions', ofUser('fabio'))).code).toBe(0);
    const statusOf = async ({ refreshToken }: { refreshToken: string }) =>
      (await post(app, '/v1/auth/refresh', { refreshToken })).status;
    expect([await statusOf(fabio), await statusOf(gina)]).toEqual([401, 200]);
  });

  it('reset prints a token, or with MAIL_URL a link, that sets a new password once; --mail queues a mail', async () => {
    await addUsers(database, ['hugo']);
    const { output } = await run('reset', ofUser('hugo'));
    const [, token] = /: ([\w-]{43})\n$/.exec(output)!;
    const reset = () => post(app, '/v1/auth/password-resets/confirm', { token, newPassword: NEW_PASSWORD });
    expect([(await reset()).status, (await reset()).status]).toEqual([204, 422]);
    expect((await login('hugo', NEW_PASSWORD)).status).toBe(200);
    const env = {
      MAIL_URL: 'smtp://localhost:1',
      MAIL_FROM: 'habi@example.com',
      MAIL_LINK_URL: 'https://habi.example/account',
    };
    expect((await run('reset', ofUser('hugo'), { env })).output).toMatch(
      /^https:\/\/habi\.example\/account#action=reset-password&token=[\w-]{43}\n$/,
    );
    expect((await run('reset', ofUser('hugo', '--mail'))).errors).toContain('MAIL_URL is not set');
    await run('reset', ofUser('hugo', '--mail'), { env });
    expect(await database.run('select kind, subject from account_mail')).toEqual([
      { kind: 'reset-password', subject: 'hugo@example.com' },
    ]);
  });

  it('erase erases by name, and by id also a user whom another program has deleted', async () => {
    const propertyId = await addProperty(database, {});
    const ids = await addUsers(database, ['iris', 'juan'], { password: djangoHash(PASSWORD) });
    for (const name of ['iris', 'juan'])
      await ask(app, `/v1/properties/${propertyId}/like`, {
        method: 'PUT',
        headers: await signIn(app, name),
      });
    await database.run('delete from auth_user where id = ?', [ids[1]]);
    expect((await run('erase', ofUser('iris'))).code).toBe(0);
    expect((await run('erase', ['--id', String(ids[1])])).code).toBe(0);
    while (await app.get(AccountWorker).step());
    expect(await database.run('select * from like_event where user_id > 0')).toEqual([]);
    expect(await database.run("select * from auth_user where username in ('iris', 'juan')")).toEqual([]);
  });

  it('exits with 1 for an unknown user, and without one', async () => {
    const [unknown, toErase, missing] = await Promise.all([
      run('deactivate', ofUser('nobody')),
      run('erase', ofUser('nobody')),
      run('staff', []),
    ]);
    for (const { code, errors } of [unknown, toErase])
      expect([code, errors]).toEqual([1, 'There is no user "nobody".\n']);
    expect([missing.code, missing.errors]).toEqual([
      1,
      expect.stringContaining('Usage: npm run user:staff -- --username U [--remove]'),
    ]);
  });
});
