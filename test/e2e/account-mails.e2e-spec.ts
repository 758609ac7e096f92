import { describe, expect, it } from '@jest/globals';
import { AccountMails } from '../../src/accounts/account-mails.js';
import { AccountWorker } from '../../src/privacy/account-worker.js';
import { addUsers, djangoHash, PASSWORD, post, signIn } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { type Answer, ask } from '../support/client.js';
import { MailServer } from '../support/mail-server.js';
import { app, atEnd, database, useApp } from '../support/suite.js';

const server = await MailServer.start();
const lines: string[] = [];
const NEW_PASSWORD = 'cuatro-casas-verdes';

useApp({ settings: { mail: server.config }, log: (line) => lines.push(line) });

let made = 0;
const newName = (): string => `correo-${++made}`;
/** A user as after a registration, with a password that is quick to check. */
async function addUnconfirmed(username: string, email = `${username}@example.com`): Promise<void> {
  const [id] = await addUsers(database, [username]);
  await database.run("update auth_user set email = '' where id = ?", [id]);
  await database.run("insert into account_token (user_id, purpose, email) values (?, 'confirm-email', ?)", [
    id,
    email,
  ]);
  await app.get(AccountMails).add('confirm-email', id!);
}
const register = (username: string, email = `${username}@example.com`) =>
  post(app, '/v1/auth/register', { username, email, password: PASSWORD });
const confirm = (token: string) => post(app, '/v1/auth/email-confirmations', { token });
const requestReset = (email: string) => post(app, '/v1/auth/password-resets', { email });
const reset = (token: string, newPassword = NEW_PASSWORD) =>
  post(app, '/v1/auth/password-resets/confirm', { token, newPassword });
const login = (username: string, password: string) => post(app, '/v1/auth/login', { username, password });
const me = async (username: string): Promise<Answer['body']> =>
  (await ask(app, '/v1/me', { headers: await signIn(app, username) })).body;
const fieldsOf = ({ status, body }: Answer) => [
  status,
  body.errors?.map(({ field }: { field: string }) => field),
];

/** Sends the queued mails. @returns how many arrived */
async function deliver(): Promise<number> {
  const before = server.mails.length;
  while (await app.get(AccountWorker).step());
  return server.mails.length - before;
}
/** Lets the time pass that limits the mails to one address, and the pause after a failed attempt. */
async function later(): Promise<void> {
  await database.run('update account_token set expires_at = expires_at - interval 10 minute');
  await database.run('update account_mail set due_at = due_at - interval 1 day');
}

atEnd(() => server.close());

describe('the confirmation of an email', () => {
  it('a registration mails a link in Spanish and English; its token confirms the email once', async () => {
    const username = newName();
    expect((await register(username)).body).toMatchObject({
      email: `${username}@example.com`,
      emailConfirmed: false,
    });
    expect(await me(username)).toMatchObject({ email: `${username}@example.com`, emailConfirmed: false });
    // A Django site sends no mail about this account to an address that nobody has confirmed.
    expect(await database.run('select email from auth_user where username = ?', [username])).toEqual([
      { email: '' },
    ]);
    expect(await deliver()).toBe(1);
    const mail = server.mails.at(-1)!;
    expect(mail.to).toEqual([`${username}@example.com`]);
    expect(mail.text).toContain('Abre este enlace para confirmar tu correo');
    expect(mail.text).toContain('to confirm your email');
    const token = server.lastToken();
    expect(await database.run('select 1 from account_token where token_hash = ?', [token])).toEqual([]);
    const confirmations = () =>
      database.run('select confirmed_at is not null as done from account_confirmation');
    expect(await confirmations()).toEqual([{ done: 0 }]);
    expect((await confirm(token)).status).toBe(204);
    expect(await confirmations()).toEqual([{ done: 1 }]);
    expect(await me(username)).toMatchObject({ email: `${username}@example.com`, emailConfirmed: true });
    expect(await database.run('select email from auth_user where username = ?', [username])).toEqual([
      { email: `${username}@example.com` },
    ]);
    expect(fieldsOf(await confirm(token))).toEqual([422, ['token']]);
  });

  it('an unconfirmed email blocks nobody: the first to confirm owns it, then others get 409', async () => {
    const [first, second, third] = [newName(), newName(), newName()];
    const email = `${first}@example.com`;
    expect((await register(first, email)).status).toBe(201);
    await addUnconfirmed(second, email);
    expect(await deliver()).toBe(2);
    const [tokenOfFirst, tokenOfSecond] = server.mails
      .slice(-2)
      .map(({ text }) => /token=([\w-]{43})/.exec(text)![1]!);
    expect((await confirm(tokenOfSecond!)).status).toBe(204);
    expect((await confirm(tokenOfFirst!)).body.type).toBe('urn:problem:email-taken');
    expect((await register(third, email.toUpperCase())).body.type).toBe('urn:problem:email-taken');
  });

  it('the token ends after 48 hours; a new mail can be had, at most one in five minutes', async () => {
    const username = newName();
    await addUnconfirmed(username);
    await deliver();
    const old = server.lastToken();
    const headers = await signIn(app, username);
    const again = () => ask(app, '/v1/me/email-confirmation', { method: 'POST', headers });
    expect((await again()).status).toBe(202);
    expect(await deliver()).toBe(0);
    await database.run('update account_token set expires_at = utc_timestamp() - interval 1 second');
    expect(fieldsOf(await confirm(old))).toEqual([422, ['token']]);
    expect((await again()).status).toBe(202);
    expect(await deliver()).toBe(1);
    expect((await confirm(server.lastToken())).status).toBe(204);
    await later();
    await again();
    expect(await deliver()).toBe(0);
  });
});

describe('the reset of a password', () => {
  it('the same 202 for every email; only the owner gets a mail, and its token resets the password once', async () => {
    const username = newName();
    await addUsers(database, [username]);
    const tokens = (await login(username, PASSWORD)).body;
    const answers = [
      await requestReset(`${username.toUpperCase()}@example.com`),
      await requestReset('nobody@example.com'),
      await requestReset('no address'),
    ];
    for (const answer of answers) expect([answer.status, answer.text]).toEqual([202, '']);
    expect(await deliver()).toBe(1);
    expect(server.mails.at(-1)!.to).toEqual([`${username}@example.com`]);
    const token = server.lastToken();
    expect(fieldsOf(await reset(token, username))).toEqual([422, ['newPassword']]);
    expect((await reset(token)).status).toBe(204);
    expect((await login(username, NEW_PASSWORD)).status).toBe(200);
    expect((await post(app, '/v1/auth/refresh', { refreshToken: tokens.refreshToken })).status).toBe(401);
    expect(fieldsOf(await reset(token))).toEqual([422, ['token']]);
    expect(await deliver()).toBe(1);
    expect(server.mails.at(-1)!.text).toContain('La contraseña de tu cuenta cambió');
  });

  it('a token ends with a changed password, with the account, and after an hour', async () => {
    for (const end of [
      `update auth_user set password = '${djangoHash('otra-casa-azul')}' where username = ?`,
      'update auth_user set is_active = 0 where username = ?',
      `update account_token t join auth_user u on u.id = t.user_id
      set t.expires_at = utc_timestamp() - interval 1 second where u.username = ?`,
    ]) {
      const username = newName();
      await addUsers(database, [username]);
      await requestReset(`${username}@example.com`);
      expect(await deliver()).toBe(1);
      await database.run(end, [username]);
      expect(fieldsOf(await reset(server.lastToken()))).toEqual([422, ['token']]);
    }
  });

  it('of two resets with one token at once, one wins', async () => {
    const username = newName();
    await addUsers(database, [username]);
    await requestReset(`${username}@example.com`);
    await deliver();
    const token = server.lastToken();
    const answers = await Promise.all([reset(token), reset(token, 'cinco-casas-rojas')]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 422]);
    await deliver();
  });

  it('sends nothing for an address that the Django site has replaced, or an account without a password', async () => {
    const [moved, unusable] = [newName(), newName()];
    await addUsers(database, [moved, unusable]);
    await requestReset(`${moved}@example.com`);
    expect(await deliver()).toBe(1);
    await later();
    await database.run("update auth_user set email = 'other@example.com' where username = ?", [moved]);
    await database.run("update auth_user set password = '!x' where username = ?", [unusable]);
    for (const name of [moved, unusable]) await requestReset(`${name}@example.com`);
    expect(await deliver()).toBe(0);
    expect(await database.run('select * from account_mail')).toEqual([]);
  });
});

describe('PUT /v1/me/password', () => {
  const change = (headers: Record<string, string>, currentPassword: string, newPassword: string) =>
    ask(app, '/v1/me/password', {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/json' },
      payload: JSON.stringify({ currentPassword, newPassword }),
    });

  it('changes the password with the current one, ends the other sign-ins and gives a new one', async () => {
    const username = newName();
    await addUsers(database, [username]);
    const other = (await login(username, PASSWORD)).body;
    const headers = await signIn(app, username);
    expect(fieldsOf(await change(headers, `${PASSWORD}!`, NEW_PASSWORD))).toEqual([422, ['currentPassword']]);
    expect(fieldsOf(await change(headers, PASSWORD, username))).toEqual([422, ['newPassword']]);
    const { status, body } = await change(headers, PASSWORD, NEW_PASSWORD);
    expect(status).toBe(200);
    const refresh = (refreshToken: string) => post(app, '/v1/auth/refresh', { refreshToken });
    expect((await refresh(other.refreshToken)).status).toBe(401);
    expect((await refresh(body.refreshToken)).status).toBe(200);
    expect((await login(username, NEW_PASSWORD)).status).toBe(200);
    await deliver();
  });
});

describe('a mail that cannot be sent', () => {
  it('fails no request, is tried again later, and is given up when the server refuses it; the log names no address', async () => {
    const username = newName();
    server.reply = 451;
    expect((await register(username)).status).toBe(201);
    expect(await deliver()).toBe(0);
    expect(await deliver()).toBe(0);
    server.reply = 250;
    await later();
    expect(await deliver()).toBe(1);
    expect((await confirm(server.lastToken())).status).toBe(204);

    server.reply = 550;
    await addUnconfirmed(newName());
    expect(await deliver()).toBe(0);
    expect(await database.run('select * from account_mail')).toEqual([]);
    server.reply = 250;
    expect(lines.filter((line) => line.includes('EENVELOPE'))).toHaveLength(2);
    expect(lines.filter((line) => line.includes('@example.com'))).toEqual([]);
  });

  it('of 20 requests for one address, one mail waits', async () => {
    for (let i = 0; i < 20; i++) await requestReset('flood@example.com');
    expect(await database.run('select kind, subject from account_mail')).toEqual([
      { kind: 'reset-password', subject: 'flood@example.com' },
    ]);
    await deliver();
  });
});

describe('the limits', () => {
  it('429 for the third wrong password of a signed-in caller, and for the third mail to one address in an hour', async () => {
    const username = newName();
    await addUsers(database, [username]);
    const limits = { rateLimitSignInPerMinute: 2, rateLimitRegisterPerHour: 2 };
    const limited = await startApp({ ...database.config, mail: server.config, ...limits });
    try {
      const headers = { ...(await signIn(limited, username)), 'content-type': 'application/json' };
      const eraseMe = (remoteAddress: string) =>
        limited.inject({
          method: 'DELETE',
          url: '/v1/me',
          remoteAddress,
          headers,
          payload: JSON.stringify({ currentPassword: 'falsa' }),
        });
      const statuses: number[] = [];
      for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
        statuses.push((await eraseMe(address)).statusCode);
      expect(statuses).toEqual([422, 422, 429]);
      const mails: number[] = [];
      for (const remoteAddress of ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
        mails.push(
          (
            await limited.inject({
              method: 'POST',
              url: '/v1/auth/password-resets',
              remoteAddress,
              headers: { 'content-type': 'application/json' },
              payload: JSON.stringify({ email: 'Flood@example.com' }),
            })
          ).statusCode,
        );
      expect(mails).toEqual([202, 202, 429]);
    } finally {
      await limited.close();
    }
    await deliver();
  });
});

describe('without MAIL_URL', () => {
  it('accounts work without confirmation, and the answer to a reset says that no mail is sent', async () => {
    const plain = await startApp(database.config);
    try {
      const username = newName();
      const answer = await post(plain, '/v1/auth/register', {
        username,
        email: `${username}@example.com`,
        password: PASSWORD,
      });
      expect([answer.status, answer.body.emailConfirmed]).toEqual([201, null]);
      const refused = await post(plain, '/v1/auth/password-resets', { email: `${username}@example.com` });
      expect([refused.status, refused.body.type]).toEqual([501, 'urn:problem:no-mail']);
    } finally {
      await plain.close();
    }
  });
});
