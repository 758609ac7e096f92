import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { VERSION } from '../../src/config/version.js';
import { addUsers, PASSWORD, post, signIn } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { addProperty } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';

const ADDRESS = '127.0.0.1';

interface Line {
  log?: { logger?: string };
  level: string;
  event: { category: string[]; type: string[]; action: string; outcome: string; reason?: string };
  user: { id?: string; hash?: string; target?: { id: string } };
  source: { ip: string };
  http: { request: { id: string; method: string }; response?: { status_code: number } };
  url: { path: string };
}
const lines: string[] = [];
const events = (): Line[] =>
  lines.map((line) => JSON.parse(line) as Line).filter(({ log }) => log?.logger === 'security');
const summaries = (): string[] =>
  events().map(({ event, user, source }) => [event.action, event.outcome, user.id, source.ip].join(' '));

let [ana, sonia] = [0, 0];

useApp({
  settings: { rateLimitSignInPerMinute: 20 },
  log: (line) => lines.push(line),
});
beforeAll(async () => {
  [ana] = (await addUsers(database, ['ana'])) as [number];
  [sonia] = (await addUsers(database, ['sonia'], { isStaff: true })) as [number];
});
beforeEach(() => {
  lines.splice(0);
});

const refresh = (refreshToken: string) => post(app, '/v1/auth/refresh', { refreshToken });

describe('the security log', () => {
  it('has the field names of ECS', async () => {
    const { headers } = await post(app, '/v1/auth/login', { username: 'ana', password: PASSWORD });
    expect(events()).toEqual([
      {
        level: 'info',
        time: expect.any(Number),
        version: VERSION,
        log: { logger: 'security' },
        event: {
          kind: 'event',
          category: ['authentication'],
          type: ['start'],
          action: 'sign-in',
          outcome: 'success',
        },
        user: { id: String(ana), hash: expect.any(String) },
        source: { ip: ADDRESS },
        http: { request: { id: headers['x-request-id'], method: 'POST' } },
        url: { path: '/v1/auth/login' },
        msg: 'sign-in: success',
      },
    ]);
  });

  it('records a refused sign-in with a keyed hash of the name, equal to that of the sign-in', async () => {
    await post(app, '/v1/auth/login', { username: ' ANA', password: 'una-clave-equivocada' });
    await post(app, '/v1/auth/session', { username: 'ana', password: PASSWORD });
    const [refused, signedIn] = events();
    expect(refused).toMatchObject({
      event: { action: 'sign-in', outcome: 'failure', reason: 'sign-in-refused' },
      user: { hash: signedIn!.user.hash },
      http: { response: { status_code: 401 } },
    });
    expect(refused!.user.id).toBeUndefined();
    const text = lines.join('');
    for (const secret of ['ana', 'ANA', 'equivocada', PASSWORD]) expect(text).not.toContain(`"${secret}`);
  });

  it('records the use of a refresh token that was used before, with its user', async () => {
    const { body } = await post(app, '/v1/auth/login', { username: 'ana', password: PASSWORD });
    const next = await refresh(body.refreshToken);
    lines.splice(0);
    await refresh(body.refreshToken);
    await refresh(next.body.refreshToken);
    expect(summaries()).toEqual([
      `token-reuse failure ${ana} ${ADDRESS}`,
      `token-refresh failure  ${ADDRESS}`,
      `token-refresh failure  ${ADDRESS}`,
    ]);
    for (const token of [body.refreshToken, next.body.refreshToken])
      expect(lines.join('')).not.toContain(token);
  });

  it('records a sign-out, and nothing when there is nobody to sign out', async () => {
    await post(app, '/v1/auth/logout', { refreshToken: 'none' });
    expect(events()).toEqual([]);
    const { body } = await post(app, '/v1/auth/login', { username: 'sonia', password: PASSWORD });
    await post(app, '/v1/auth/logout', { refreshToken: body.refreshToken });
    expect(summaries().at(-1)).toBe(`sign-out success ${sonia} ${ADDRESS}`);
  });

  it('records registrations, and those that are refused', async () => {
    const account = { username: 'nueva', email: 'nueva@example.com', password: PASSWORD };
    const { body } = await post(app, '/v1/auth/register', account);
    await post(app, '/v1/auth/register', account);
    expect(events().map(({ event, user }) => [event.action, event.outcome, user.target?.id])).toEqual([
      ['registration', 'success', String(body.id)],
      ['registration', 'failure', undefined],
    ]);
    expect(lines.join('')).not.toContain('nueva');
  });
});

describe('the security log of requests with a token', () => {
  const json = { 'content-type': 'application/json' };

  it('records what is refused for lack of a token, for a wrong token and for lack of rights', async () => {
    const user = await signIn(app, 'ana');
    lines.splice(0);
    await ask(app, '/v1/me');
    await ask(app, '/v1/me', { headers: { authorization: 'Bearer forged.by.me' } });
    await ask(app, '/v1/ranking/properties', { headers: user });
    expect(summaries()).toEqual([
      `access-check failure  ${ADDRESS}`,
      `token-check failure  ${ADDRESS}`,
      `access-check failure ${ana} ${ADDRESS}`,
    ]);
    expect(lines.join('')).not.toContain('forged');
  });

  it('records each change by staff, the refused ones too, and each download, but no other read', async () => {
    const staff = await signIn(app, 'sonia');
    const id = await addProperty(database);
    const url = `/v1/properties/${id}`;
    lines.splice(0);
    await ask(app, url, { headers: staff });
    await ask(app, '/v1/ranking/properties', { headers: staff });
    expect(events()).toEqual([]);
    await ask(app, url, { method: 'PATCH', payload: '{"price":7}', headers: { ...staff, ...json } });
    await ask(app, url, { method: 'PATCH', payload: '{"price":"?"}', headers: { ...staff, ...json } });
    await ask(app, '/v1/ranking/properties.csv', { headers: staff });
    expect(summaries()).toEqual([
      `staff-change success ${sonia} ${ADDRESS}`,
      `staff-change failure ${sonia} ${ADDRESS}`,
      `staff-export success ${sonia} ${ADDRESS}`,
    ]);
    expect(events()[0]!.url.path).toBe(url);
  });

  it('counts every event in security_events_total', async () => {
    const count = async (labels: string): Promise<number> => {
      const { text } = await ask(app, '/metrics');
      return Number(text.split(`security_events_total{${labels}} `)[1]?.split('\n')[0]);
    };
    const labels = 'action="access-check",outcome="failure"';
    const before = await count(labels);
    expect(await count('action="token-reuse",outcome="success"')).toBe(0);
    await ask(app, '/v1/me');
    expect(await count(labels)).toBe(before + 1);
  });

  it('records a request over its limit', async () => {
    const tries = { username: 'nadie', password: 'una-clave-equivocada' };
    // The service limits sign-ins to 20.
    for (let i = 0; i < 21; i++) await post(app, '/v1/auth/login', tries);
    const limited = events().find(({ event }) => event.action === 'rate-limit');
    expect(limited).toMatchObject({
      event: { outcome: 'failure', category: ['api'], type: ['denied'] },
      source: { ip: ADDRESS },
      http: { response: { status_code: 429 } },
    });
  });
});

describe('the security log of commands', () => {
  it('records new staff and the command on standard error, without the password', () => {
    const command = fileURLToPath(new URL('../../dist/commands/user-create.js', import.meta.url));
    const account = ['--username', 'jefa', '--email', 'jefa@example.com', '--password', PASSWORD, '--staff'];
    const { stdout, stderr } = spawnSync(process.execPath, [command, ...account], {
      env: database.environment,
      encoding: 'utf8',
    });
    const [, id] = / with id (\d+)/.exec(stdout) ?? [];
    const [registration, run] = stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as object);
    expect(registration).toMatchObject({
      event: { action: 'staff-registration', outcome: 'success' },
      user: { target: { id } },
      process: { name: 'user-create' },
    });
    expect(run).toMatchObject({ event: { action: 'command', outcome: 'success' } });
    for (const secret of ['jefa', PASSWORD]) expect(stderr).not.toContain(secret);
  });
});
