import { existsSync } from 'node:fs';
import { isIP, SocketAddress } from 'node:net';

/** Everything that can be set from outside. Read once, frozen, handed around: nothing else reads `process.env`. */
export class Config {
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly name: string;
    /** `±hh:mm`: the zone of the dates that other programs write without one. */
    readonly timezone: string;
  };
  readonly port: number;
  readonly redisUrl: string | null;
  readonly corsOrigins: readonly string[];
  /** Proxies whose `X-Forwarded-*` headers are believed: addresses, networks (CIDR), `loopback`, `private`. */
  readonly trustedProxies: readonly string[];
  /** Port of `/metrics` alone; null: it is served beside the API. */
  readonly metricsPort: number | null;
  /** Serves Swagger UI and the OpenAPI document. */
  readonly docs: boolean;
  /** Loads demo data and demo accounts into an empty database. */
  readonly demoData: boolean;
  /** Requests a caller may make in a minute; 0: no limit. */
  readonly rateLimitPerMinute: number;
  /** Sign-ins a caller, or all for one name, may try in a minute; 0: no limit. */
  readonly rateLimitSignInPerMinute: number;
  /** Accounts a caller may make in an hour; 0: no limit. */
  readonly rateLimitRegisterPerHour: number;
  /** After so many days a like weighs half as much in the trending score. */
  readonly rankingHalfLifeDays: number;
  /** Signs access tokens; null in a process that serves nobody. */
  readonly jwtSecret: string | null;
  readonly logLevel: LogLevel;
}

// HS256 wants a key as long as its hash (RFC 7518, 3.2).
const MIN_SECRET_LENGTH = 32;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Thrown when a setting is missing or absurd; its message names every such setting and is meant for a person. */
export class ConfigError extends Error {}

/**
 * @param env defaults to the process's environment, completed from `.env` in the working directory.
 * @param options.serving whether it signs people in: then it needs what signs their tokens.
 * @throws ConfigError naming all settings that are missing or wrong.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>> = processEnvironment(),
  { serving = false } = {},
): Config {
  const faults: string[] = [];
  const text = (name: string, fallback?: string): string => {
    const value = env[name]?.trim() || fallback;
    if (value === undefined) faults.push(`${name} is not set`);
    return value ?? '';
  };
  const secret = (name: string): string => {
    if (env[name] === undefined) faults.push(`${name} is not set`);
    return env[name] ?? ''; // as it is: a blank at its end may belong to it
  };
  const rule = (name: string, value: string, ok: boolean, wanted: string): void => {
    if (value && !ok) faults.push(`${name} is ${JSON.stringify(value)}, it must be ${wanted}`);
  };
  const wholeNumber = (name: string, fallback: number, min: number, max: number): number => {
    const value = text(name, String(fallback));
    const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    rule(name, value, number >= min && number <= max, `a whole number from ${min} to ${max}`);
    return number;
  };

  const flag = (name: string, fallback: boolean): boolean => {
    const value = text(name, String(fallback));
    rule(name, value, value === 'true' || value === 'false', 'true or false');
    return value === 'true';
  };
  const list = (name: string): string[] =>
    text(name, '')
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);

  const timezone = text('DATABASE_TIMEZONE', '+00:00');
  // As far as both servers go.
  rule(
    'DATABASE_TIMEZONE',
    timezone,
    /^([+-](0\d|1[0-2]):[0-5]\d|\+13:00)$/.test(timezone),
    'an offset such as -05:00',
  );
  const redisUrl = text('REDIS_URL', '');
  if (redisUrl) {
    // The value may hold a password: it is not repeated.
    const ok = /^rediss?:$/.test(URL.parse(redisUrl)?.protocol ?? '');
    if (!ok) faults.push('REDIS_URL must look like redis://host:6379');
  }
  const corsOrigins = list('CORS_ORIGINS');
  for (const origin of corsOrigins) {
    rule(
      'CORS_ORIGINS',
      origin,
      URL.parse(origin)?.origin === origin,
      'origins such as https://habi.co, with commas',
    );
  }
  const trustedProxies = list('TRUSTED_PROXIES');
  for (const proxy of trustedProxies) {
    rule(
      'TRUSTED_PROXIES',
      proxy,
      isProxy(proxy),
      'addresses, networks such as 10.0.0.0/8 (no wider than /8, or /16 of IPv6), loopback or private, with commas',
    );
  }
  const port = wholeNumber('PORT', 8000, 0, 65535);
  const metricsPort = text('METRICS_PORT', '') ? wholeNumber('METRICS_PORT', 0, 0, 65535) : null;
  if (metricsPort !== null && metricsPort > 0 && metricsPort === port)
    faults.push('METRICS_PORT must differ from PORT; leave it out to serve /metrics beside the API');
  const jwtSecret = env.JWT_SECRET || null;
  if (jwtSecret === null && serving) faults.push('JWT_SECRET is not set');
  if (jwtSecret !== null && jwtSecret.length < MIN_SECRET_LENGTH)
    faults.push(`JWT_SECRET must have at least ${MIN_SECRET_LENGTH} characters`);
  const logLevel = text('LOG_LEVEL', 'info');
  rule('LOG_LEVEL', logLevel, LOG_LEVELS.includes(logLevel as LogLevel), `one of ${LOG_LEVELS.join(', ')}`);

  const config: Config = {
    database: Object.freeze({
      // No default host: `npm start` brings its own server exactly when none is named.
      host: text('DATABASE_HOST'),
      port: wholeNumber('DATABASE_PORT', 3306, 1, 65535),
      user: text('DATABASE_USER', 'habi_user'),
      password: secret('DATABASE_PASSWORD'),
      name: text('DATABASE_NAME', 'habi_db'),
      timezone,
    }),
    port,
    redisUrl: redisUrl || null,
    corsOrigins: Object.freeze(corsOrigins),
    trustedProxies: Object.freeze(trustedProxies),
    metricsPort,
    docs: flag('DOCS', true),
    demoData: flag('DEMO_DATA', false),
    rateLimitPerMinute: wholeNumber('RATE_LIMIT_PER_MINUTE', 600, 0, 1_000_000),
    rateLimitSignInPerMinute: wholeNumber('RATE_LIMIT_SIGN_IN_PER_MINUTE', 10, 0, 1_000_000),
    rateLimitRegisterPerHour: wholeNumber('RATE_LIMIT_REGISTER_PER_HOUR', 20, 0, 1_000_000),
    rankingHalfLifeDays: wholeNumber('RANKING_HALF_LIFE_DAYS', 7, 1, 365),
    jwtSecret,
    logLevel: logLevel as LogLevel,
  };
  if (faults.length > 0) {
    throw new ConfigError(
      `The settings (environment or .env, see .env.example) are not usable: ${faults.join('; ')}.`,
    );
  }
  return Object.freeze(config);
}

// A wider network would be everybody, whose X-Forwarded-For then hides who they are.
function isProxy(text: string): boolean {
  if (text === 'loopback' || text === 'private') return true;
  const [, address = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return false;
  if (prefix === undefined) return true;
  // IPv4 networks in the notation of IPv6: ::ffff:0.0.0.0/96 is every IPv4 address.
  if (version === 6 && new SocketAddress({ address, family: 'ipv6' }).address.startsWith('::ffff:'))
    return false;
  return version === 4 ? isBetween(prefix, 8, 32) : isBetween(prefix, 16, 128);
}

function isBetween(digits: string, min: number, max: number): boolean {
  return Number(digits) >= min && Number(digits) <= max;
}

function processEnvironment(): NodeJS.ProcessEnv {
  // What the environment says wins over the file.
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}
