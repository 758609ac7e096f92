import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { URI } from 'otpauth';
import { TotpService } from '../../src/accounts/totp.service.js';
import { addUsers, PASSWORD, post, signIn } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { type Answer, ask } from '../support/client.js';
import { realClock, setClock } from '../support/clock.js';
import { app, atEnd, database, useApp } from '../support/suite.js';

useApp();

const PERIOD_MS = 30_000;
let now = 0;
beforeEach(() => setClock((now = Math.ceil(Date.now() / PERIOD_MS) * PERIOD_MS)));
afterEach(realClock);
const passTime = (ms: number): void => setClock((now += ms));

let made = 0;
interface Enrolled {
  id: number;
  username: string;
  headers: Record<string, string>;
  /** What the authenticator app shows now. */
  code: () => string;
  recoveryCodes: string[];
}
const send = (headers: Record<string, string>, path: string, body: object): Promise<Answer> =>
  postWith(app, headers, path, body);
const postWith = (
  at: typeof app,
  headers: Record<string, string>,
  path: string,
  body: object,
): Promise<Answer> =>
  ask(at, path, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    payload: JSON.stringify(body),
  });
const login = (username: string, code?: string, password = PASSWORD, at = app) =>
  post(at, '/v1/auth/login', { username, password, ...(code !== undefined && { code }) });
const outcome = ({ status, body }: Answer): string =>
  status === 200 ? 'signed in' : String(body.type).replace('urn:problem:', '');

async function enrol(options?: { isStaff: boolean }): Promise<Enrolled> {
  const username = `keeper-${++made}`;
  const [id] = await addUsers(database, [username], options);
  const headers = await signIn(app, username);
  const started = await send(headers, '/v1/me/totp', { password: PASSWORD });
  expect(started.status).toBe(201);
  const totp = URI.parse(started.body.uri as string);
  const code = (): string => totp.generate({ timestamp: now });
  const confirmed = await send(headers, '/v1/me/totp/confirm', { code: code() });
  expect(confirmed.status).toBe(200);
  passTime(PERIOD_MS);
  return { id: id!, username, headers, code, recoveryCodes: confirmed.body.recoveryCodes as string[] };
}

describe('a second factor', () => {
  it('begins with the password, and is active after the first code', async () => {
    const username = `keeper-${++made}`;
    await addUsers(database, [username]);
    const headers = await signIn(app, username);
    expect(outcome(await send(headers, '/v1/me/totp', { password: 'wrong-password' }))).toBe(
      'sign-in-refused',
    );
    const started = await send(headers, '/v1/me/totp', { password: PASSWORD });
    expect(started.body.uri).toMatch(/^otpauth:\/\/totp\/property-service:keeper-\d+\?.*secret=[A-Z2-7]{32}/);
    expect(started.headers['cache-control']).toContain('no-');
    expect(outcome(await login(username))).toBe('signed in');
    expect(outcome(await send(headers, '/v1/me/totp/confirm', { code: '000000' }))).toBe('totp-code-refused');
    expect(outcome(await login(username))).toBe('signed in');
  });

  it('is asked for after the right password only; a code works once', async () => {
    const { username, code } = await enrol();
    expect(outcome(await login(username))).toBe('totp-code-required');
    expect(outcome(await login(username, undefined, 'wrong-password'))).toBe('sign-in-refused');
    expect(outcome(await login(username, code(), 'wrong-password'))).toBe('sign-in-refused');
    expect(outcome(await login(username, '12345'))).toBe('totp-code-refused');
    const used = code();
    const both = await Promise.all([login(username, used), login(username, used)]);
    expect(both.map(outcome).toSorted()).toEqual(['signed in', 'totp-code-refused']);
    passTime(PERIOD_MS);
    // The code before is still valid by its time.
    expect(outcome(await login(username, used))).toBe('totp-code-refused');
    expect(outcome(await login(username, code()))).toBe('signed in');
    const late = code();
    passTime(3 * PERIOD_MS);
    expect(outcome(await login(username, late))).toBe('totp-code-refused');
  });

  it('is asked for by the page for staff, too', async () => {
    const { username, code } = await enrol({ isStaff: true });
    const start = (extra: object) =>
      post(app, '/v1/auth/session', { username, password: PASSWORD, ...extra });
    const refused = await start({});
    expect([outcome(refused), refused.headers['set-cookie']]).toEqual(['totp-code-required', undefined]);
    const accepted = await start({ code: code() });
    expect([outcome(accepted), String(accepted.headers['set-cookie'])]).toEqual([
      'signed in',
      expect.stringContaining('access='),
    ]);
  });

  it('has ten recovery codes, each for one sign-in; nothing stored reveals them or the secret', async () => {
    const { id, username, recoveryCodes } = await enrol();
    expect(new Set(recoveryCodes).size).toBe(10);
    const [first, second] = recoveryCodes as [string, string];
    expect(first).toMatch(/^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/);
    expect(outcome(await login(username, first))).toBe('signed in');
    expect(outcome(await login(username, first))).toBe('totp-code-refused');
    expect(outcome(await login(username, second.toUpperCase().replaceAll('-', ' ')))).toBe('signed in');
    const stored = await database.run('select * from recovery_code where user_id = ?', [id]);
    expect(stored).toHaveLength(8);
    expect(JSON.stringify(stored)).not.toContain(recoveryCodes[2]);
    const [row] = await database.run<{ secret: string }>('select secret from user_totp where user_id = ?', [
      id,
    ]);
    expect(row!.secret).toMatch(/^[\w-]{60,}$/);
    // A row that was copied to another user does not open.
    const other = await enrol();
    await database.run('update user_totp set secret = ? where user_id = ?', [row!.secret, other.id]);
    expect(outcome(await login(other.username, other.code()))).toBe('totp-code-refused');
  });

  it('is removed with password and code, or by an operator', async () => {
    const { id, username, headers, code } = await enrol();
    const remove = async (extra: object) =>
      outcome(await send(headers, '/v1/me/totp/remove', { password: PASSWORD, ...extra }));
    expect(outcome(await send(headers, '/v1/me/totp', { password: PASSWORD }))).toBe('totp-active');
    expect(await remove({})).toBe('totp-code-required');
    expect(await remove({ code: '000000' })).toBe('totp-code-refused');
    expect((await send(headers, '/v1/me/totp/remove', { password: PASSWORD, code: code() })).status).toBe(
      204,
    );
    expect(outcome(await login(username))).toBe('signed in');
    expect(await database.run('select * from recovery_code where user_id = ?', [id])).toEqual([]);
    const another = await enrol();
    expect(await app.get(TotpService).remove(another.id)).toBe(true);
    expect(await app.get(TotpService).remove(another.id)).toBe(false);
    expect(outcome(await login(another.username))).toBe('signed in');
  });

  it('counts wrong codes as failed sign-ins, and no missing ones', async () => {
    const limited = await startApp({ ...database.config, rateLimitSignInPerMinute: 2 });
    atEnd(() => limited.close());
    const { username } = await enrol();
    const outcomes = [];
    for (const code of [undefined, undefined, undefined, '000000', '000001', '000002'])
      outcomes.push(outcome(await login(username, code, PASSWORD, limited)));
    expect(outcomes).toEqual([
      ...Array<string>(3).fill('totp-code-required'),
      ...Array<string>(2).fill('totp-code-refused'),
      'too-many-requests',
    ]);
  });

  it('is required of staff by STAFF_TOTP=required, in the sign-in and at all times', async () => {
    const strict = await startApp({ ...database.config, staffTotpRequired: true });
    const other = await startApp({ ...database.config, staffTotpRequired: true });
    atEnd(() => Promise.all([strict.close(), other.close()]));
    const ranking = (headers: Record<string, string>, at = strict) =>
      ask(at, '/v1/ranking/properties', { headers });
    const isStaff = async (headers: Record<string, string>) =>
      (await ask(strict, '/v1/me', { headers })).body.isStaff;
    const signInWith = async (body: object) => {
      const { body: tokens } = await post(strict, '/v1/auth/login', body);
      return { headers: { authorization: `Bearer ${tokens.accessToken}` }, tokens };
    };
    const username = `keeper-${++made}`;
    await addUsers(database, [username], { isStaff: true });
    const login = { username, password: PASSWORD };

    // Without a second factor: signed in, but not as staff.
    const before = await signInWith(login);
    const refused = await ranking(before.headers);
    expect([refused.status, refused.body.type]).toEqual([403, 'urn:problem:not-staff']);
    expect(refused.body.detail).toContain('second factor');
    expect(await isStaff(before.headers)).toBe(false);
    const hidden = await ask(strict, '/v1/properties?includeHidden=true', { headers: before.headers });
    expect([hidden.status, hidden.body.detail]).toEqual([403, refused.body.detail]);
    const page = await post(strict, '/v1/auth/session', login);
    expect([page.status, page.body.detail, page.headers['set-cookie']]).toEqual([
      403,
      refused.body.detail,
      undefined,
    ]);
    expect((await ranking(before.headers, app)).status).toBe(200);
    // The other process keeps what it knows for 30 seconds at most.
    expect((await ranking(before.headers, other)).status).toBe(403);

    const { uri } = (await postWith(strict, before.headers, '/v1/me/totp', { password: PASSWORD })).body;
    const totp = URI.parse(uri as string);
    const code = (): string => totp.generate({ timestamp: now });
    await postWith(strict, before.headers, '/v1/me/totp/confirm', { code: code() });
    // This sign-in did not pass it.
    expect((await ranking(before.headers)).status).toBe(403);
    passTime(PERIOD_MS);
    const after = await signInWith({ ...login, code: code() });
    expect((await ranking(after.headers)).status).toBe(200);
    expect(await isStaff(after.headers)).toBe(true);
    const next = await post(strict, '/v1/auth/refresh', { refreshToken: after.tokens.refreshToken });
    const refreshed = { authorization: `Bearer ${next.body.accessToken}` };
    expect((await ranking(refreshed)).status).toBe(200);
    expect((await ranking(refreshed, other)).status).toBe(200);
    passTime(PERIOD_MS);
    const cookies = await post(strict, '/v1/auth/session', { ...login, code: code() });
    const cookie = String(cookies.headers['set-cookie']).split(';')[0]!;
    expect((await ask(strict, '/v1/ranking/properties', { headers: { cookie } })).status).toBe(200);

    // The account lost it: this sign-in has passed it, but that is not enough.
    passTime(PERIOD_MS);
    const removal = { password: PASSWORD, code: code() };
    expect((await postWith(strict, refreshed, '/v1/me/totp/remove', removal)).status).toBe(204);
    expect((await ranking(refreshed)).status).toBe(403);
    expect((await ask(strict, '/v1/ranking/properties', { headers: { cookie } })).status).toBe(403);
  });

  it('outlives a change of JWT_SECRET: the secrets are encrypted again', async () => {
    const { username, code } = await enrol();
    const jwtSecret = randomBytes(48).toString('base64');
    const next = await startApp({
      ...database.config,
      jwtSecret,
      jwtSecretPrevious: database.config.jwtSecret,
    });
    await next.get(TotpService).encryptAgain();
    await next.close();
    const last = await startApp({ ...database.config, jwtSecret });
    atEnd(() => last.close());
    expect(outcome(await login(username, code(), PASSWORD, last))).toBe('signed in');
  });
});
