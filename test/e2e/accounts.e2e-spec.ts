import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CallerCache } from '../../src/accounts/caller-cache.js';
import { SessionsService } from '../../src/accounts/sessions.service.js';
import { transactionRetries } from '../../src/database/transaction.js';
import { addUsers, djangoHash, PASSWORD, post, signIn } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { type Answer, ask, persist } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { realClock, setClock } from '../support/clock.js';
import { needsOwnApp } from '../support/outside.js';
import { app, database, useApp } from '../support/suite.js';
import { budget } from '../support/until.js';

useApp({ log: (line) => lines.push(line) });

const lines: string[] = [];

let made = 0;
const newName = (): string => `visitor-${++made}`;
const register = (account: object) => post(app, '/v1/auth/register', account);
const login = (username: string, password = PASSWORD) => post(app, '/v1/auth/login', { username, password });
const me = (token: string) => ask(app, '/v1/me', { headers: { authorization: `Bearer ${token}` } });
const refresh = (refreshToken: string) => post(app, '/v1/auth/refresh', { refreshToken });
const logout = (refreshToken: string) => post(app, '/v1/auth/logout', { refreshToken });
const usersNamed = (username: string) =>
  database.run('select id from auth_user where username = ?', [username]);

describe('POST /v1/auth/register', () => {
  it('201 with the account, which can sign in at once; the password is stored in Django format', async () => {
    const username = newName();
    const answer = await register({ username, email: `${username}@Example.com`, password: PASSWORD });
    expect(answer).toMatchObject({
      status: 201,
      body: { id: expect.any(Number), username, email: `${username}@Example.com`, isStaff: false },
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    const [row] = await database.run('select * from auth_user where id = ?', [answer.body.id]);
    expect(row).toMatchObject({
      username,
      password: expect.stringMatching(/^pbkdf2_sha256\$1500000\$\w+\$/),
      is_active: 1,
      is_staff: 0,
      is_superuser: 0,
      last_login: null,
    });
    const { body } = await login(username);
    expect((await me(body.accessToken)).body).toEqual(answer.body);
  });

  it('409 for a username that is taken, and for an email that is taken in any case', async () => {
    const username = newName();
    await addUsers(database, [username]);
    const other = newName();
    const sameName = await register({ username, email: `${other}@example.com`, password: PASSWORD });
    expect([sameName.status, sameName.body.type]).toEqual([409, 'urn:problem:username-taken']);
    // A Django site has just added this user.
    const sameEmail = await register({
      username: other,
      email: `${username.toUpperCase()}@EXAMPLE.com`,
      password: PASSWORD,
    });
    expect([sameEmail.status, sameEmail.body.type]).toEqual([409, 'urn:problem:email-taken']);
    expect(await usersNamed(other)).toEqual([]);
  });

  it('ten concurrent requests with one email give one 201, nine 409 and one account', async () => {
    const names = Array.from({ length: 10 }, newName);
    const email = `${newName()}@example.com`;
    const answers = await Promise.all(
      // A request that waits too long for password hashing gets a 503.
      names.map((username) => persist(() => register({ username, email, password: PASSWORD }))),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array<number>(9).fill(409),
    ]);
    expect(await database.run('select id from auth_user where email = ?', [email])).toHaveLength(1);
  });

  it('422 reports all errors at once; a caller cannot register as staff', async () => {
    const { status, body } = await register({
      username: 'a b',
      email: 'nobody',
      password: '1234567890',
      isStaff: true,
    });
    expect([status, body.errors.map(({ field }: { field: string }) => field).toSorted()]).toEqual([
      422,
      ['email', 'isStaff', 'password', 'username'],
    ]);
    const username = newName();
    for (const password of ['short', '83610472956', 'password1', username]) {
      const weak = await register({ username, email: `${username}@example.com`, password });
      expect([password, weak.status, weak.body.errors[0].field]).toEqual([password, 422, 'password']);
    }
    expect(await usersNamed(username)).toEqual([]);
  });

  it('413 for a password of 10 MB, 422 for a password of 5,000 characters', async () => {
    const account = { username: newName(), email: 'x@example.com' };
    expect((await register({ ...account, password: 'x'.repeat(10_000_000) })).status).toBe(413);
    expect((await register({ ...account, password: 'xy'.repeat(2_500) })).status).toBe(422);
  });

  it('quickly refuses a body that is slow to validate', async () => {
    const account = { username: 'x', email: 'x@example.com', password: PASSWORD };
    const bodies = [
      { ...account, email: 'b.'.repeat(100_000), password: 'z'.repeat(400_000) },
      { ...account, username: `a${'\u0301\u0316'.repeat(100_000)}` },
      Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`field${i}`, 1])),
      Array.from({ length: 100_000 }, () => ({})),
    ].map((body) => JSON.stringify(body));
    bodies.push(`{"username":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    for (const path of ['register', 'login', 'refresh']) {
      for (const payload of bodies) {
        const start = performance.now();
        const answer = await ask(app, `/v1/auth/${path}`, {
          method: 'POST',
          payload,
          headers: { 'content-type': 'application/json' },
        });
        expect([path, payload.slice(0, 30), answer.status]).toEqual([path, payload.slice(0, 30), 422]);
        expect(answer.text.length).toBeLessThan(20_000);
        expect(performance.now() - start).toBeLessThan(budget(1_000));
      }
    }
  });

  it('409 for an email of a user added by another program, however many users it added', async () => {
    const names = Array.from({ length: 2_500 }, newName);
    await addUsers(database, names);
    const account = { username: newName(), password: PASSWORD };
    for (const name of [names[3]!, names[2_400]!]) {
      const answer = await register({ ...account, email: `${name.toUpperCase()}@example.com` });
      expect([answer.status, answer.body.type]).toEqual([409, 'urn:problem:email-taken']);
    }
  });

  it('422 when a latin1 table cannot store the username; sign-in with this username is a 401', async () => {
    const old = await TestDatabase.create();
    await old.run(
      'alter table auth_user modify username varchar(150) character set latin1 collate latin1_swedish_ci not null',
    );
    const there = await startApp(old.config);
    try {
      const answer = await post(there, '/v1/auth/register', {
        username: '東京',
        email: 'tokyo@example.com',
        password: PASSWORD,
      });
      expect([answer.status, answer.body.errors?.[0].field]).toEqual([422, 'username']);
      const unknown = await post(there, '/v1/auth/login', { username: '東京', password: PASSWORD });
      expect(unknown.status).toBe(401);
    } finally {
      await there.close();
      await old.drop();
    }
  });
});

describe('POST /v1/auth/login', () => {
  it('200 with tokens for a password hash that Django wrote; keeps the hash and sets last_login as Django does', async () => {
    const username = newName();
    await addUsers(database, [username]);
    const answer = await login(username);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        tokenType: 'Bearer',
        expiresIn: 900,
        accessToken: expect.any(String),
        refreshToken: expect.any(String),
      },
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    const [row] = await database.run<{ password: string; last_login: string }>(
      'select password, last_login from auth_user where username = ?',
      [username],
    );
    expect(row!.password).toBe(djangoHash(PASSWORD));
    expect(Math.abs(Date.parse(`${row!.last_login.replace(' ', 'T')}Z`) - Date.now())).toBeLessThan(60_000);
  });

  it('the same 401 for a wrong username, a wrong password, an inactive user and an invalid stored hash', async () => {
    const [right, inactive, unusable] = [newName(), newName(), newName()];
    await addUsers(database, [right]);
    await addUsers(database, [inactive], { isActive: false });
    await addUsers(database, [unusable], { password: PASSWORD });
    const answers = [
      await login(newName()),
      await login(right, `${PASSWORD}!`),
      await login(inactive),
      await login(unusable),
      await login("' or 1 = 1 -- "),
      await login(`${right}' #`),
    ];
    const told = ({ status, body }: Answer) => ({ status, body: { ...body, requestId: '' } });
    for (const answer of answers) expect(told(answer)).toEqual(told(answers[0]!));
    expect(answers[0]!.status).toBe(401);
  });

  it('ignores the case of the username, but refuses other spellings that the collation treats as equal', async () => {
    const username = newName();
    await addUsers(database, [username]);
    expect((await login(username.toUpperCase())).status).toBe(200);
    for (const spelling of [
      username.replace('i', 'í'),
      `${username}\u0000`,
      username.replace('v', 'v\u0008'),
    ])
      expect((await login(spelling)).status).toBe(401);
  });

  it('a wrong username takes as much processor time as a wrong password', async () => {
    needsOwnApp('the processor time of the app');
    const username = newName();
    await addUsers(database, [username], { password: djangoHash(PASSWORD, 1_000) });
    const times: [unknown: number, wrong: number][] = [];
    const timed = async (name: string): Promise<number> => {
      // Processor time of all threads of this process. Unlike clock time, it does not depend on other programs.
      const start = process.cpuUsage();
      expect((await login(name, 'another-casa')).status).toBe(401);
      return process.cpuUsage(start).user;
    };
    for (let i = 0; i < 5; i++) times.push([await timed(newName()), await timed(username)]);
    const ratios = times.map(([unknown, wrong]) => unknown / wrong).toSorted((a, b) => a - b);
    expect(ratios[2]).toBeGreaterThan(0.5);
    expect(ratios[2]).toBeLessThan(2);
  });

  it('refuses a hash of 999999999999 iterations, and the service stays responsive', async () => {
    const username = newName();
    const hash = djangoHash(PASSWORD).replace('$1$', '$999999999999$');
    await addUsers(database, [username], { password: hash });
    expect((await login(username)).status).toBe(401);
    expect((await ask(app, '/health/live')).status).toBe(200);
  });

  it('answers other requests while it checks passwords', async () => {
    const username = newName();
    await addUsers(database, [username], { password: djangoHash(PASSWORD, 1_000_000) });
    const progress = { done: false };
    const signedIn = Promise.all([login(username), login(username)]).finally(() => (progress.done = true));
    let answered = 0;
    while (!progress.done) {
      expect((await ask(app, '/health/live')).status).toBe(200);
      answered++;
      // Yields to the event loop. Otherwise the end of the password check would go unnoticed.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await signedIn).map(({ status }) => status)).toEqual([200, 200]);
    expect(answered).toBeGreaterThan(4);
  });
});

describe('concurrent sign-ins', () => {
  const start = (id: number) => app.get(SessionsService).start({ id, password: '' });

  it('need no transaction retry', async () => {
    const ids = await addUsers(
      database,
      Array.from({ length: 40 }, () => newName()),
    );
    const before = transactionRetries();
    await Promise.all(ids.map(start));
    expect(transactionRetries()).toBe(before);
  });

  it('do not wait for each other, even if their tokens are neighbours in the index', async () => {
    const [one, neighbour] = (await addUsers(database, [newName(), newName()])) as [number, number];
    const other = await TestDatabase.connect(database.config);
    await other.run('begin');
    await other.run(
      `insert into refresh_token (token_hash, family, user_id, password_mark, expires_at) values ('', '', ?, '', now())`,
      [neighbour],
    );
    // The other transaction stays open, so waiting for it would fail with a timeout.
    await start(one);
    await other.run('rollback');
    await other.close();
  });
});

describe('POST /v1/auth/refresh', () => {
  it('gives new tokens once; a second use of a token revokes its whole family', async () => {
    const username = newName();
    await addUsers(database, [username]);
    const { body: first } = await login(username);
    const { body: elsewhere } = await login(username);
    const second = await refresh(first.refreshToken);
    expect([second.status, (await me(second.body.accessToken)).status]).toEqual([200, 200]);
    const reuse = await refresh(first.refreshToken);
    expect([reuse.status, reuse.body.type]).toEqual([401, 'urn:problem:refresh-token-refused']);
    expect((await refresh(second.body.refreshToken)).status).toBe(401);
    // Another sign-in of the same user is another family.
    expect((await refresh(elsewhere.refreshToken)).status).toBe(200);
  });

  it('twenty concurrent uses: at most one succeeds, and its new tokens are revoked', async () => {
    const username = newName();
    await addUsers(database, [username]);
    const { body } = await login(username);
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(body.refreshToken)));
    const good = answers.filter(({ status }) => status === 200);
    expect(answers.filter(({ status }) => status === 401).length).toBe(20 - good.length);
    expect(good.length).toBe(1);
    expect((await refresh(good[0]!.body.refreshToken)).status).toBe(401);
  });

  it('401 after a password change, for an inactive user, for an expired token and for text that is not a token', async () => {
    const [changed, inactive, late] = [newName(), newName(), newName()];
    await addUsers(database, [changed, inactive, late]);
    const tokens = await Promise.all(
      [changed, inactive, late].map(async (name) => (await login(name)).body.refreshToken as string),
    );
    await database.run('update auth_user set password = ? where username = ?', [djangoHash('otra'), changed]);
    await database.run('update auth_user set is_active = 0 where username = ?', [inactive]);
    await database.run(
      "update sign_in set ends_at = '2026-01-01 00:00:00' where user_id = (select id from auth_user where username = ?)",
      [late],
    );
    for (const token of [...tokens, 'x', 'é'.repeat(100)]) expect((await refresh(token)).status).toBe(401);
    expect((await post(app, '/v1/auth/refresh', {})).status).toBe(422);
  });

  it('stores no usable token in the table', async () => {
    const username = newName();
    await addUsers(database, [username]);
    const { body } = await login(username);
    expect(JSON.stringify(await database.run('select * from refresh_token'))).not.toContain(
      body.refreshToken,
    );
  });
});

describe('POST /v1/auth/logout', () => {
  it('204 and revokes the refresh tokens of this sign-in; 204 again, and for text that is not a token', async () => {
    const username = newName();
    await addUsers(database, [username]);
    const { body } = await login(username);
    const answer = await logout(body.refreshToken);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await refresh(body.refreshToken)).status).toBe(401);
    expect((await logout(body.refreshToken)).status).toBe(204);
    expect((await logout('unknown-token')).status).toBe(204);
  });
});

describe('an access token', () => {
  const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const good = { sub: '1', iss: 'property-service', aud: 'property-service', iat: now, exp: now + 300 };
  interface Forgery {
    alg?: string;
    typ?: string | null;
    hash?: string;
    key?: string;
  }
  const forged = (
    claims: object,
    { alg = 'HS256', typ = 'at+jwt', hash = 'sha256', key = database.config.jwtSecret! }: Forgery = {},
  ): string => {
    const signed = `${base64({ alg, typ })}.${base64({ ...good, ...claims })}`;
    return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
  };

  it('is refused if it is forged, expired, or has another issuer or audience', async () => {
    const username = newName();
    const [id] = await addUsers(database, [username]);
    const { accessToken } = (await login(username)).body as { accessToken: string };
    const [head, , signature] = accessToken.split('.');
    const none = `${base64({ alg: 'none' })}.${base64({ ...good, sub: String(id) })}.`;
    const tokens = {
      unsigned: none,
      'unsigned, with the signature of another': none + signature,
      'signed with another key': forged({}, { key: 'k'.repeat(40) }),
      'signed by another algorithm': forged({}, { alg: 'HS512', hash: 'sha512' }),
      'said to be signed by another algorithm': forged({}, { alg: 'RS256' }),
      expired: forged({ exp: now - 1 }),
      'without an expiry': forged({ exp: undefined }),
      'without an issuer': forged({ iss: undefined, sub: String(id) }),
      'without an audience': forged({ aud: undefined, sub: String(id) }),
      'for an empty audience': forged({ aud: [], sub: String(id) }),
      'of another type': forged({ sub: String(id) }, { typ: 'JWT' }),
      'without a type': forged({ sub: String(id) }, { typ: null }),
      'for another audience': forged({ aud: 'elsewhere' }),
      'of another issuer': forged({ iss: 'elsewhere' }),
      'of an unknown user': forged({ sub: '2147483647' }),
      'of a subject that is not a number': forged({ sub: '1 or 1=1' }),
      'with another user': `${head}.${base64({ ...good, sub: '1' })}.${signature}`,
      'no token at all': 'x.y.z',
      'a refresh token': (await login(username)).body.refreshToken as string,
    };
    for (const [what, token] of Object.entries(tokens)) {
      const answer = await me(token);
      expect([what, answer.status, answer.body.type, answer.headers['www-authenticate']]).toEqual([
        what,
        401,
        'urn:problem:token-refused',
        'Bearer error="invalid_token"',
      ]);
    }
    expect((await me(forged({ sub: String(id) }))).status).toBe(200);
    expect((await ask(app, '/v1/me')).body.type).toBe('urn:problem:not-signed-in');
    expect((await ask(app, '/v1/me', { headers: { authorization: 'Basic eDp5' } })).status).toBe(401);
  });

  it('is refused when it has expired, also after it was accepted', async () => {
    const [id] = await addUsers(database, [newName()]);
    const exp = Math.floor(Date.now() / 1_000) + 300;
    const token = forged({ sub: String(id), exp });
    expect([(await me(token)).status, (await me(token)).status]).toEqual([200, 200]);
    setClock((exp + 1) * 1_000);
    try {
      expect((await me(token)).status).toBe(401);
    } finally {
      realClock();
    }
  });

  it('stays valid while the key is changed: both processes accept the tokens of both keys', async () => {
    const username = newName();
    await addUsers(database, [username]);
    const { jwtSecret } = database.config;
    const jwtSecretPrevious = randomBytes(48).toString('base64');
    const next = { jwtSecret: jwtSecretPrevious, jwtSecretPrevious: jwtSecret };
    // The three steps of docs/operators.md: verify with the new key, sign with it, forget the old one.
    const steps = [{ jwtSecretPrevious }, next, { ...next, jwtSecretPrevious: null }];
    const apps = [];
    try {
      for (const step of steps) apps.push(await startApp({ ...database.config, ...step }));
      const tokens = [];
      for (const each of apps) tokens.push(await signIn(each, username));
      const accepted = [];
      for (const each of apps)
        for (const headers of tokens) accepted.push((await ask(each, '/v1/me', { headers })).status);
      expect(accepted).toEqual([200, 200, 200, 200, 200, 200, 401, 200, 200]);
    } finally {
      for (const each of apps) await each.close();
    }
  });

  it('stops working within a minute after its user is deactivated or deleted', async () => {
    const names = [newName(), newName()];
    const ids = await addUsers(database, names);
    const headers = await Promise.all(names.map((name) => signIn(app, name)));
    await database.run('update auth_user set is_active = 0 where username = ?', [names[0]]);
    await database.run('delete from auth_user where username = ?', [names[1]]);
    // A minute later the cached user has expired.
    await Promise.allSettled(ids.map((id) => app.get(CallerCache).requireUncached(id)));
    for (const header of headers) expect((await ask(app, '/v1/me', { headers: header })).status).toBe(401);
  });
});

describe('the log', () => {
  it('contains no username, password, token or hash', () => {
    needsOwnApp('the log');
    const text = lines.join('\n');
    expect(lines.length).toBeGreaterThan(20);
    expect(text).not.toMatch(/visitor-|example\.com|pbkdf2|casas-azules|eyJ/);
  });
});

describe('limits of sign-in', () => {
  it('count by address: every answer has the limit headers, and too many sign-ins in a minute get 429 with Retry-After', async () => {
    const limited = await startApp({
      ...database.config,
      rateLimitSignInPerMinute: 1,
      rateLimitRegisterPerHour: 2,
    });
    try {
      const username = newName();
      await addUsers(database, [username]);
      const answers = [];
      for (let i = 0; i < 7; i++)
        answers.push(await post(limited, '/v1/auth/login', { username, password: PASSWORD }));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 429]);
      expect(answers[0]!.headers.ratelimit).toContain('"sign-in";r=5;t=60');
      expect(answers[0]!.headers['ratelimit-policy']).toContain('"sign-in";q=6;w=60');
      expect(Number(answers[6]!.headers['retry-after'])).toBeGreaterThan(0);
      const registrations = [];
      for (let i = 0; i < 3; i++) registrations.push(await post(limited, '/v1/auth/register', {}));
      expect(registrations.map(({ status }) => status)).toEqual([422, 422, 429]);
      expect((await ask(limited, '/v1/properties')).status).toBe(200);
    } finally {
      await limited.close();
    }
  });

  it('apply per process while Redis is down', async () => {
    const alone = await startApp({
      ...database.config,
      redisUrl: 'redis://127.0.0.1:1',
      rateLimitRegisterPerHour: 2,
    });
    try {
      const statuses = [];
      for (let i = 0; i < 3; i++) statuses.push((await post(alone, '/v1/auth/register', {})).status);
      expect(statuses).toEqual([422, 422, 429]);
    } finally {
      await alone.close();
    }
  });
});
