import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { type Config, ConfigError, readConfig, SERVICES } from './config.js';

const KEY = 'dGhlIGtleSBvZiB0aGlzIHRlc3QgZmlsZQ==';
const REQUIRED = { DATABASE_HOST: 'db', DATABASE_PASSWORD: ' secret ' };

describe('readConfig', () => {
  it('returns the documented defaults and does not trim a password', () => {
    expect(readConfig(REQUIRED)).toEqual({
      services: ['accounts', 'properties', 'likes', 'ranking'],
      database: {
        hosts: [{ host: 'db', port: 3306 }],
        host: 'db',
        port: 3306,
        replicaHosts: [],
        user: 'habi_user',
        password: ' secret ',
        tls: null,
        name: 'habi_db',
        serviceUser: null,
        servicePassword: null,
        timezone: '+00:00',
        poolSize: 10,
      },
      host: '0.0.0.0',
      port: 8000,
      webConcurrency: 1,
      redisUrl: null,
      cacheMaxMb: 32,
      corsOrigins: [],
      trustedProxies: [],
      metricsPort: null,
      docs: true,
      demoData: false,
      rateLimitPerMinute: 600,
      rateLimitSignInPerMinute: 10,
      rateLimitRegisterPerHour: 20,
      rateLimitLikesPerDay: 1_000,
      rankingHalfLifeDays: 7,
      mail: null,
      likeEventRetentionDays: 0,
      likeTrust: { burstLikes: 15, newAccountHours: 72, groupAccounts: 10, likesPerMinute: 20 },
      jwtSecret: null,
      insecureCookies: false,
      jwtSecretPrevious: null,
      identityProvider: null,
      staffTotpRequired: false,
      logLevel: 'info',
      tracing: null,
    });
  });

  it('traces only with an endpoint, and unless the SDK is disabled', () => {
    const tracingOf = (env: Record<string, string>) =>
      readConfig({ ...REQUIRED, JWT_SECRET: KEY, ...env }, { serving: true }).tracing;
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
    expect(tracingOf({ OTEL_SERVICE_NAME: 'x' })).toBeNull();
    expect(tracingOf({ ...endpoint, OTEL_SDK_DISABLED: 'True' })).toBeNull();
    expect(tracingOf(endpoint)).toMatchObject({ sampler: 'always_on', isParentBased: true });
    const sampler = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
    expect(tracingOf({ ...endpoint, ...sampler })).toMatchObject({ sampler: 'traceidratio', ratio: 0.25 });
    expect(() => tracingOf({ ...endpoint, OTEL_TRACES_SAMPLER: 'some' })).toThrow(/OTEL_TRACES_SAMPLER is/);
  });

  it.each([
    ['db.example:3307', ['db.example:3307']],
    ['a:3306, b ,10.0.0.3:4000', ['a:3306', 'b:3310', '10.0.0.3:4000']],
    ['::1', ['::1:3310']],
    ['[::1]:3306,[fd00::2]', ['::1:3306', 'fd00::2:3310']],
  ])('DATABASE_HOST=%s names servers', (value, expected) => {
    const { hosts, host, port } = readConfig({
      ...REQUIRED,
      DATABASE_HOST: value,
      DATABASE_PORT: '3310',
    }).database;
    expect(hosts.map((server) => `${server.host}:${server.port}`)).toEqual(expected);
    expect({ host, port }).toEqual(hosts[0]);
    const env = { ...REQUIRED, DATABASE_REPLICA_HOSTS: value, DATABASE_PORT: '3310' };
    expect(readConfig(env).database.replicaHosts).toEqual(hosts);
  });

  it.each(['a,,b', 'a b', 'a:0', 'a:70000', 'a:3306:1', 'a:', 'a,'])('refuses DATABASE_HOST=%s', (value) => {
    for (const name of ['DATABASE_HOST', 'DATABASE_REPLICA_HOSTS'])
      expect(messageOf({ ...REQUIRED, [name]: value })).toContain(`${name} is`);
  });

  it('DATABASE_TLS is off, required, or a file with a certificate, which needs host names', () => {
    expect(readConfig({ ...REQUIRED, DATABASE_TLS: 'off' }).database.tls).toBeNull();
    expect(readConfig({ ...REQUIRED, DATABASE_TLS: 'required' }).database.tls).toEqual({ ca: null });
    const ca = join(mkdtempSync(join(tmpdir(), 'ca-')), 'ca.pem');
    writeFileSync(ca, rootCertificates[0]!);
    expect(readConfig({ ...REQUIRED, DATABASE_TLS: ca }).database.tls?.ca).toContain('BEGIN CERTIFICATE');
    for (const file of ['/no/such/file', import.meta.filename])
      expect(messageOf({ ...REQUIRED, DATABASE_TLS: file })).toContain(`DATABASE_TLS is "${file}"`);
    for (const name of ['DATABASE_HOST', 'DATABASE_REPLICA_HOSTS'])
      expect(messageOf({ ...REQUIRED, DATABASE_TLS: ca, [name]: '10.0.0.1' })).toContain('must be names');
  });

  it('returns a frozen object', () => {
    const config = readConfig(REQUIRED);
    expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.database, { port: 1 })).toThrow(TypeError);
  });

  it('names all missing and invalid settings together, and shows no secret', () => {
    const env = {
      DATABASE_PORT: '0x10',
      DATABASE_TIMEZONE: 'Bogota',
      DATABASE_POOL_SIZE: '1',
      DATABASE_TLS: '/no/such/file',
      HOST: 'api.example',
      PORT: '70000',
      REDIS_URL: 'http://:hunter2@redis',
      CORS_ORIGINS: 'https://habi.co/path, *',
      RATE_LIMIT_PER_MINUTE: '-1',
      RATE_LIMIT_SIGN_IN_PER_MINUTE: 'few',
      RATE_LIMIT_REGISTER_PER_HOUR: '1.5',
      RANKING_HALF_LIFE_DAYS: '0',
      JWT_SECRET: 'hunter3',
      JWT_SECRET_PREVIOUS: 'hunter4',
      JWT_JWKS_URL: 'http://id.example/keys',
      JWT_ISSUER: '',
      JWT_AUDIENCE: '',
      JWT_STAFF_CLAIM: 'roles',
      STAFF_TOTP: 'true',
      LOG_LEVEL: 'loud',
      TRUSTED_PROXIES: '10.0.0.0/4',
      METRICS_PORT: '70000',
      DOCS: 'no',
      DEMO_DATA: '1',
    };
    const message = messageOf(env);
    for (const name of ['DATABASE_HOST', 'DATABASE_PASSWORD', ...Object.keys(env)])
      expect(message).toContain(name);
    expect(message).not.toContain('hunter');
  });

  it('requires JWT_SECRET in a process that serves', () => {
    expect(() => readConfig(REQUIRED, { serving: true })).toThrow(/JWT_SECRET is not set/);
    expect(readConfig({ ...REQUIRED, JWT_SECRET: KEY }, { serving: true }).jwtSecret).toBe(KEY);
  });

  describe('SERVICES', () => {
    const serving = (env: Record<string, string | undefined>): Config =>
      readConfig({ ...REQUIRED, JWT_SECRET: KEY, ...env }, { serving: true });

    it('selects services, in any order; without it all run', () => {
      expect(serving({ SERVICES: 'likes, properties' }).services).toEqual(['properties', 'likes']);
      for (const all of [{}, { SERVICES: '' }]) expect(serving(all).services).toEqual(SERVICES);
    });

    it('refuses an unknown service', () => {
      expect(() => serving({ SERVICES: 'likes,prices' })).toThrow(/SERVICES is "prices"/);
    });

    it('does not read settings of services that do not run', () => {
      const faulty = {
        RATE_LIMIT_SIGN_IN_PER_MINUTE: 'few',
        RATE_LIMIT_REGISTER_PER_HOUR: 'few',
        RANKING_HALF_LIFE_DAYS: '0',
      };
      expect(() => serving({ SERVICES: 'properties,likes', ...faulty })).not.toThrow();
      expect(() => serving({ SERVICES: 'accounts', ...faulty })).toThrow(/SIGN_IN.*REGISTER/);
      expect(() => serving({ SERVICES: 'ranking', ...faulty })).toThrow(/: RANKING_HALF_LIFE_DAYS [^;]*$/);
    });

    it('is ignored by commands, which do the work of all services', () => {
      expect(readConfig({ ...REQUIRED, SERVICES: 'likes' }).services).toEqual(SERVICES);
    });
  });

  it.each([
    '*',
    'true',
    '0.0.0.0/0',
    '0.0.0.0/1',
    '::/0',
    '::/8',
    '::ffff:0.0.0.0/96',
    '0:0:0:0:0:FFFF::/96',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    'proxy.example',
    '10.0.0',
  ])('refuses TRUSTED_PROXIES=%s', (value) => {
    expect(messageOf({ ...REQUIRED, TRUSTED_PROXIES: value })).toContain('TRUSTED_PROXIES');
  });

  it('accepts addresses, networks, loopback and private as TRUSTED_PROXIES', () => {
    const proxies = ['10.1.2.3', '172.16.0.0/12', '::1', 'fd00::/16', 'loopback', 'private'];
    expect(readConfig({ ...REQUIRED, TRUSTED_PROXIES: proxies.join(' , ') }).trustedProxies).toEqual(proxies);
  });

  it('refuses METRICS_PORT when it equals PORT', () => {
    expect(messageOf({ ...REQUIRED, PORT: '8000', METRICS_PORT: '8000' })).toContain('METRICS_PORT');
  });

  it('accepts .env.example, which lists every setting', () => {
    const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
    const lines = [...text.matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value] as const);
    expect(() => readConfig(Object.fromEntries(lines))).not.toThrow();
    const known = messageOf(
      Object.fromEntries(lines.map(([name]) => [name, name === 'DATABASE_PASSWORD' ? undefined : '~'])),
      { serving: true },
    );
    for (const [name] of lines) {
      // These accept any text.
      if (!['DATABASE_HOST', 'DATABASE_USER', 'DATABASE_NAME', 'JWT_ISSUER', 'JWT_AUDIENCE'].includes(name!))
        expect(known).toContain(name);
    }
  });
});

function messageOf(env: Record<string, string | undefined>, options?: { serving: boolean }): string {
  try {
    readConfig(env, options);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('readConfig accepted the settings');
}
