import { pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ITERATIONS, Passwords } from './passwords.js';

const passwords = new Passwords();
const hash = (password: string, iterations: number, salt = 'seasalt'): string =>
  `pbkdf2_sha256$${iterations}$${salt}$${pbkdf2Sync(password, salt, iterations, 32, 'sha256').toString('base64')}`;

describe('Passwords', () => {
  it('verifies a hash of Django with any number of iterations', async () => {
    // Django's own test, tests/auth_tests/test_hashers.py: test_low_level_pbkdf2, make_password("lètmein", "seasalt").
    expect(hash('lètmein', 1_000_000)).toMatch(
      /^pbkdf2_sha256\$1000000\$seasalt\$r1uLUxoxpP2Ued\/qxvmje7UH9PUJBkRrvf9gGPL7Cps=$/,
    );
    expect(await passwords.verify('lètmein', hash('lètmein', 1_000_000))).toBe(true);
    expect(await passwords.verify('lètmein', hash('lètmein', 1))).toBe(true);
    expect(await passwords.verify('letmein', hash('lètmein', 1))).toBe(false);
  });

  it('writes the format of Django 6.1, with a new salt each time', async () => {
    const [one, two] = await Promise.all([passwords.hash('casa'), passwords.hash('casa')]);
    expect(one).toMatch(/^pbkdf2_sha256\$1500000\$[A-Za-z0-9]{22,}\$[A-Za-z0-9+/]{43}=$/);
    expect(one.length).toBeLessThanOrEqual(128);
    expect(one).not.toBe(two);
    expect(await passwords.verify('casa', one)).toBe(true);
    expect(ITERATIONS).toBe(1_500_000);
  });

  it.each([
    null,
    '',
    '!',
    'casa',
    'md5$salt$5f4dcc3b5aa765d61d8327deb882cf99',
    hash('casa', 1).replace('$1$', '$0$'),
    hash('casa', 1).replace('$1$', '$-1$'),
    hash('casa', 1).replace('$1$', '$999999999999$'),
    hash('casa', 1).replace('$1$', '$10000001$'),
    hash('casa', 1).replace('$1$', '$1e3$'),
    hash('casa', 1).slice(0, -2),
    `pbkdf2_sha256$1$$${hash('casa', 1, '').split('$').at(-1)}`,
  ])('matches no password with %j', async (stored) => {
    expect(await passwords.verify('casa', stored)).toBe(false);
  });

  it('refuses when too many calls wait, and works again afterwards', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, () => passwords.verify('casa', hash('casa', 1_000))),
    );
    expect(results.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(5);
    expect(await passwords.verify('casa', hash('casa', 1))).toBe(true);
  });
});
