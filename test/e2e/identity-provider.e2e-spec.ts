import { beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CallerCache } from '../../src/accounts/caller-cache.js';
import type { Config } from '../../src/config/config.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { realClock, setClock } from '../support/clock.js';
import { addProperty } from '../support/factories.js';
import { AUDIENCE, newKey, TestIdentityProvider, TOKEN_SECONDS } from '../support/identity-provider.js';
import { atEnd, database, useDatabase } from '../support/suite.js';

useDatabase();

let provider: TestIdentityProvider;
let app: NestFastifyApplication;

const settingsOf = ({ issuer }: TestIdentityProvider): NonNullable<Config['identityProvider']> => ({
  jwksUrl: `${issuer}/jwks`,
  issuer,
  audience: AUDIENCE,
  staffClaim: { name: 'roles', value: 'habi-staff' },
});
async function startWith(of: TestIdentityProvider, path = '/jwks'): Promise<NestFastifyApplication> {
  // Second factors are left to the provider.
  const settings = {
    identityProvider: { ...settingsOf(of), jwksUrl: of.issuer + path },
    staffTotpRequired: true,
  };
  const started = await startApp({ ...database.config, ...settings });
  atEnd(() => started.close());
  return started;
}
const json = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const get = (token: string, path = '/v1/me', at = app) =>
  ask(at, path, { headers: { authorization: `Bearer ${token}` } });

beforeAll(async () => {
  provider = await TestIdentityProvider.start([newKey('RS256', 'first')]);
  atEnd(() => provider.stop());
  app = await startWith(provider);
});

describe('an access token of an outside identity provider', () => {
  it('identifies its user, who gets one account without a password at the first request', async () => {
    const token = await provider.tokenOf('ana');
    const answers = await Promise.all([get(token), get(token), get(token)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { id, username } = answers[0].body;
    expect(answers[2].body).toEqual({
      id,
      username,
      email: '',
      emailConfirmed: null,
      isStaff: false,
    });
    expect(username).toMatch(/^oidc-[\w-]{43}$/);
    expect((await get(await provider.tokenOf('ana'))).body.id).toBe(id);
    expect((await get(await provider.tokenOf('luis'))).body.id).not.toBe(id);
    const [row] = await database.run('select password, is_staff from auth_user where id = ?', [id]);
    expect(row).toEqual({ password: expect.stringMatching(/^!\w{40}$/), is_staff: 0 });
    const links = await database.run('select issuer, subject from auth_identity where user_id = ?', [id]);
    expect(links).toEqual([{ issuer: provider.issuer, subject: 'ana' }]);
  });

  it('opens what its user may do: likes; and with the claim, what staff may do', async () => {
    const ana = await provider.tokenOf('ana');
    const like = `/v1/properties/${await addProperty(database, {})}/like`;
    const put = { method: 'PUT', headers: { authorization: `Bearer ${ana}` } };
    expect((await ask(app, like, put)).status).toBeLessThan(300);
    expect((await get(ana, '/v1/ranking/properties')).status).toBe(403);
    const boss = await provider.tokenOf('boss');
    expect((await get(boss, '/v1/ranking/properties')).status).toBe(200);
    expect((await get(boss)).body.isStaff).toBe(true);
  });

  it('is refused when its user was deactivated here', async () => {
    const token = await provider.tokenOf('luis');
    const { id } = (await get(token)).body;
    await database.run('update auth_user set is_active = 0 where id = ?', [id]);
    await Promise.allSettled([app.get(CallerCache).requireUncached(id)]);
    expect((await get(token)).body.type).toBe('urn:problem:token-refused');
  });

  it('is refused if it has expired, is forged, or is for another audience or of another issuer', async () => {
    const other = await TestIdentityProvider.start([newKey('RS256', 'first')]);
    atEnd(() => other.stop());
    const token = await provider.tokenOf('ana');
    const [head, claims, signature] = token.split('.') as [string, string, string];
    const parsed = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object;
    const tokens = {
      'for another audience': await provider.tokenOf('ana', 'https://elsewhere.example'),
      'of another issuer': await other.tokenOf('ana'),
      'with another user': `${head}.${json({ ...parsed, sub: 'boss' })}.${signature}`,
      unsigned: `${json({ alg: 'none', kid: 'first' })}.${claims}.`,
      'signed with another algorithm': `${json({ alg: 'HS256', kid: 'first' })}.${claims}.${signature}`,
      'with an unknown key': `${json({ alg: 'RS256', kid: 'unknown' })}.${claims}.${signature}`,
    };
    for (const [what, each] of Object.entries(tokens)) {
      const { status, body } = await get(each);
      expect([what, status, body.type]).toEqual([what, 401, 'urn:problem:token-refused']);
    }
    setClock(Date.now() + (TOKEN_SECONDS + 10) * 1_000);
    try {
      expect((await get(token)).status).toBe(401);
    } finally {
      realClock();
    }
  });

  it.each(['ES256', 'EdDSA'] as const)('may be signed by %s', async (algorithm) => {
    const own = await TestIdentityProvider.start([newKey(algorithm, 'key')]);
    atEnd(() => own.stop());
    expect((await get(await own.tokenOf('ana'), '/v1/me', await startWith(own))).status).toBe(200);
  });

  it('must not be signed by another algorithm, also when the key is known', async () => {
    const own = await TestIdentityProvider.start([newKey('PS256', 'key')]);
    atEnd(() => own.stop());
    expect((await get(await own.tokenOf('ana'), '/v1/me', await startWith(own))).status).toBe(401);
  });
});

describe('the keys of the identity provider', () => {
  it('are not read from another address that the provider redirects to', async () => {
    const token = await provider.tokenOf('ana');
    expect((await get(token, '/v1/me', await startWith(provider, '/moved'))).status).toBe(503);
  });

  it('are asked for at most once a minute, and a new one is found', async () => {
    const own = await TestIdentityProvider.start([newKey('RS256', 'old')]);
    atEnd(() => own.stop());
    const at = await startWith(own);
    const start = Date.now();
    setClock(start);
    try {
      const old = await own.tokenOf('ana');
      expect((await get(old, '/v1/me', at)).status).toBe(200);
      own.useKeys([newKey('RS256', 'new')]);
      const fresh = await own.tokenOf('ana');
      for (let i = 0; i < 5; i++) expect((await get(fresh, '/v1/me', at)).status).toBe(401);
      expect(own.keyRequests).toBe(1);
      setClock(start + 61_000);
      expect((await get(fresh, '/v1/me', at)).status).toBe(200);
      expect(own.keyRequests).toBe(2);
      expect((await get(await own.tokenOf('luis'), '/v1/me', at)).status).toBe(200);
      expect(own.keyRequests).toBe(2);
    } finally {
      realClock();
    }
  });

  it('stay valid while the provider is away; unknown keys are a 503 then, and own tokens a 401', async () => {
    const keys = [newKey('RS256', 'kept')];
    const own = await TestIdentityProvider.start(keys);
    atEnd(() => own.stop());
    const at = await startWith(own);
    const start = Date.now();
    const [ana, boss] = [await own.tokenOf('ana'), await own.tokenOf('boss')];
    expect((await get(ana, '/v1/me', at)).status).toBe(200);
    const late = await startWith(own);
    await own.stop();
    // The keys are old enough to be asked for again.
    setClock(start + 700_000);
    try {
      expect((await get(boss, '/v1/me', at)).status).toBe(200);
      const unknown = await get(ana, '/v1/me', late);
      expect([unknown.status, unknown.body.type]).toEqual([503, 'urn:problem:unavailable']);
      const [head, claims] = [
        { alg: 'HS256', typ: 'at+jwt' },
        { iss: 'property-service', sub: '1', exp: 1 },
      ];
      expect((await get(`${json(head)}.${json(claims)}.x`, '/v1/me', late)).status).toBe(401);
      const again = await TestIdentityProvider.start(keys, own.port);
      atEnd(() => again.stop());
      setClock(start + 800_000);
      const token = await again.tokenOf('ana');
      expect((await get(token, '/v1/me', late)).status).toBe(200);
    } finally {
      realClock();
    }
  });
});
