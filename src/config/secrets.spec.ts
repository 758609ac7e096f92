import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';
import { SECRET_SETTINGS, weaknessOfKey } from './secrets.js';

const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(content: string): string {
  const file = join(folder, randomBytes(8).toString('hex'));
  writeFileSync(file, content);
  return file;
}

describe('NAME_FILE', () => {
  const VALUES = {
    DATABASE_PASSWORD: ' pass word ',
    DATABASE_SERVICE_PASSWORD: 'service word',
    JWT_SECRET: randomBytes(24).toString('base64'),
    JWT_SECRET_PREVIOUS: randomBytes(24).toString('base64'),
    MAIL_URL: 'smtps://habi:secret@mail.example:465',
    REDIS_URL: 'rediss://user:word@redis:6379',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20aGFiaQ',
  };
  // The settings that secrets need beside them.
  const OTHERS = {
    DATABASE_SERVICE_USER: 'habi_service@%',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    MAIL_FROM: 'no-reply@habi.co',
    MAIL_LINK_URL: 'https://habi.co',
  };
  const inFiles = (end: string) =>
    Object.fromEntries(SECRET_SETTINGS.map((name) => [`${name}_FILE`, fileOf(VALUES[name] + end)]));

  it.each(['', '\n', '\r\n'])('gives each secret, without the line break %j at its end', (end) => {
    const config = readConfig(
      {
        DATABASE_HOST: 'db',
        JWT_SECRET: '',
        ...OTHERS,
        ...inFiles(end),
      },
      { serving: true },
    );
    expect(config.database.password).toBe(VALUES.DATABASE_PASSWORD);
    expect(config.database.servicePassword).toBe(VALUES.DATABASE_SERVICE_PASSWORD);
    expect(config).toMatchObject({
      jwtSecret: VALUES.JWT_SECRET,
      jwtSecretPrevious: VALUES.JWT_SECRET_PREVIOUS,
      redisUrl: VALUES.REDIS_URL,
      mail: { url: VALUES.MAIL_URL },
      tracing: { headers: VALUES.OTEL_EXPORTER_OTLP_HEADERS },
    });
  });

  it.each(SECRET_SETTINGS)('and %s together are refused', (name) => {
    expect(() =>
      readConfig({ DATABASE_HOST: 'db', ...OTHERS, ...inFiles('\n'), [name]: VALUES[name] }),
    ).toThrow(`${name} and ${name}_FILE are both set, only one of them may be.`);
  });

  it('that cannot be read or is empty is named, without its content', () => {
    const secret = { DATABASE_HOST: 'db', DATABASE_PASSWORD: '' };
    expect(() => readConfig({ ...secret, JWT_SECRET_FILE: join(folder, 'none') })).toThrow(
      'JWT_SECRET_FILE names a file that cannot be read (ENOENT)',
    );
    expect(() => readConfig({ ...secret, JWT_SECRET_FILE: folder })).toThrow(/cannot be read \(EISDIR\)/);
    expect(() => readConfig({ ...secret, JWT_SECRET_FILE: fileOf('\n') })).toThrow(/names an empty file/);
  });
});

describe('weaknessOfKey', () => {
  it.each([
    ['k3y', /at least 32 characters; make one with: openssl/],
    ['a'.repeat(40), /repeats itself/],
    ['0123456789abcdef'.repeat(3), /repeats itself/],
    ['Xk29!qpZ-Xk29!qpZ-Xk29!qpZ-Xk29!qp', /repeats itself/],
    ['0101100110111001010111001010110101', /repeats itself/],
    ['abcdefghijklmnopqrstuvwxyz0123456789', /sequence/],
    ['a-string-secret-at-least-256-bits-long', /published examples/],
    ['django-insecure-h2x#p)4e5v7k8wq9z1m0b6yt3u', /published examples/],
    ['ChangeMe-0b6yQ5iYt3uJ2c8Xw9vN5pR6sT', /published examples/],
  ])('refuses %j', (key, weakness) => {
    expect(weaknessOfKey(key)).toMatch(weakness);
  });

  it('accepts random keys', () => {
    for (const encoding of ['hex', 'base64', 'base64url'] as const)
      for (let i = 0; i < 1_000; i++)
        expect(weaknessOfKey(randomBytes(32).toString(encoding).slice(0, 43))).toBeNull();
    expect(weaknessOfKey(randomBytes(16).toString('hex'))).toBeNull();
  });
});
