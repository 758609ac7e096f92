import { existsSync } from 'node:fs';
import { isIP, SocketAddress } from 'node:net';
import { type Host, parseHosts } from './database-hosts.js';

export const SERVICES = ['accounts', 'properties', 'likes', 'ranking'] as const;
/** A part of the program that can run in a process of its own: its routes and its background worker. */
export type Service = (typeof SERVICES)[number];

/** All settings of the process. They are read once and frozen; no other code reads `process.env`. */
export class Config {
  /** The services that this process runs. Commands do the work of all services. */
  readonly services: readonly Service[];
  readonly database: {
    /** All servers that DATABASE_HOST names: at least one. */
    readonly hosts: readonly Host[];
    /** The first of them. */
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly name: string;
    /** `±hh:mm`: time zone of the dates that other programs write. */
    readonly timezone: string;
    /** Connections that this process opens at most. */
    readonly poolSize: number;
  };
  readonly port: number;
  /** Processes that serve on this port. */
  readonly webConcurrency: number;
  readonly redisUrl: string | null;
  /** Memory for cached answers, in MiB; 0: no answer is cached. */
  readonly cacheMaxMb: number;
  readonly corsOrigins: readonly string[];
  /** Proxies whose `X-Forwarded-*` headers are trusted: addresses, networks (CIDR), `loopback`, `private`. */
  readonly trustedProxies: readonly string[];
  /** Separate port for `/metrics`; null: `/metrics` is on the port of the API. */
  readonly metricsPort: number | null;
  /** Whether to serve Swagger UI and the OpenAPI document. */
  readonly docs: boolean;
  /** Whether to load demo data and demo accounts into an empty database. */
  readonly demoData: boolean;
  /** Requests per caller and minute; 0: no limit. */
  readonly rateLimitPerMinute: number;
  /** Sign-in attempts per minute, for each caller and for each user name; 0: no limit. */
  readonly rateLimitSignInPerMinute: number;
  /** Registrations per caller and hour; 0: no limit. */
  readonly rateLimitRegisterPerHour: number;
  /** Half-life of a like in the trending score. */
  readonly rankingHalfLifeDays: number;
  /** When the likes of an account stop counting in the ranking; a count of 0 switches its rule off. See trust-rules.ts. */
  readonly likeTrust: {
    readonly burstLikes: number;
    readonly newAccountHours: number;
    readonly groupAccounts: number;
    readonly likesPerMinute: number;
  };
  /** Key that signs access tokens; null is possible only in a process that does not serve requests. */
  readonly jwtSecret: string | null;
  readonly logLevel: LogLevel;
}

// The range that both MySQL and MariaDB accept.
const TIMEZONE = /^([+-](0\d|1[0-2]):[0-5]\d|\+13:00)$/;
const PROXIES_WANTED =
  'addresses, networks such as 10.0.0.0/8 (no wider than /8, or /16 of IPv6), loopback or private, with commas';
// RFC 7518, 3.2: an HS256 key must be at least as long as the hash.
const MIN_SECRET_LENGTH = 32;
// A statement is killed from a second connection.
const MIN_POOL_SIZE = 2;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** A setting is missing or invalid. The message names every such setting and is shown to the operator. */
export class ConfigError extends Error {}

/**
 * @param env defaults to the process's environment, completed from `.env` in the working directory
 * @param options.serving whether the process serves requests; it then needs JWT_SECRET, and reads SERVICES
 * @throws ConfigError naming all settings that are missing or invalid
 */
export function readConfig(env: Environment = processEnvironment(), { serving = false } = {}): Config {
  const settings = new SettingsReader(env);
  const services = serving ? readServices(settings) : SERVICES;
  // The settings of a service that does not run here keep their defaults.
  const settingsOf = (service: Service): SettingsReader =>
    services.includes(service) ? settings : new SettingsReader({});
  const timezone = settings.text('DATABASE_TIMEZONE', '+00:00');
  settings.check('DATABASE_TIMEZONE', timezone, TIMEZONE.test(timezone), 'an offset such as -05:00');
  const redisUrl = readRedisUrl(settings);
  const isOrigin = (text: string): boolean => URL.parse(text)?.origin === text;
  const corsOrigins = settings.list('CORS_ORIGINS', isOrigin, 'origins such as https://habi.co, with commas');
  const trustedProxies = settings.list('TRUSTED_PROXIES', isProxy, PROXIES_WANTED);
  const port = settings.wholeNumber('PORT', 8000, 0, 65535);
  const metricsPort = readMetricsPort(settings, port);
  const jwtSecret = readJwtSecret(settings, env, serving);
  const logLevel = settings.text('LOG_LEVEL', 'info');
  const isLogLevel = LOG_LEVELS.includes(logLevel as LogLevel);
  settings.check('LOG_LEVEL', logLevel, isLogLevel, `one of ${LOG_LEVELS.join(', ')}`);
  const hosts = readDatabaseHosts(settings);
  const config: Config = {
    services,
    database: Object.freeze({
      hosts,
      ...(hosts[0] ?? { host: '', port: 0 }),
      user: settings.text('DATABASE_USER', 'habi_user'),
      password: settings.secret('DATABASE_PASSWORD'),
      name: settings.text('DATABASE_NAME', 'habi_db'),
      timezone,
      poolSize: settings.wholeNumber('DATABASE_POOL_SIZE', 10, MIN_POOL_SIZE, 1_000),
    }),
    port,
    webConcurrency: settings.wholeNumber('WEB_CONCURRENCY', 1, 1, 128),
    redisUrl,
    cacheMaxMb: settings.wholeNumber('CACHE_MAX_MB', 32, 0, 65_536),
    corsOrigins,
    trustedProxies,
    metricsPort,
    docs: settings.flag('DOCS', true),
    demoData: settings.flag('DEMO_DATA', false),
    rateLimitPerMinute: settings.wholeNumber('RATE_LIMIT_PER_MINUTE', 600, 0, 1_000_000),
    rateLimitSignInPerMinute: settingsOf('accounts').wholeNumber(
      'RATE_LIMIT_SIGN_IN_PER_MINUTE',
      10,
      0,
      1_000_000,
    ),
    rateLimitRegisterPerHour: settingsOf('accounts').wholeNumber(
      'RATE_LIMIT_REGISTER_PER_HOUR',
      20,
      0,
      1_000_000,
    ),
    rankingHalfLifeDays: settingsOf('ranking').wholeNumber('RANKING_HALF_LIFE_DAYS', 7, 1, 365),
    likeTrust: readLikeTrust(settingsOf('ranking')),
    jwtSecret,
    logLevel: logLevel as LogLevel,
  };
  if (settings.faults.length > 0) {
    throw new ConfigError(
      `The settings (environment or .env, see .env.example) are not usable: ${settings.faults.join('; ')}.`,
    );
  }
  return Object.freeze(config);
}

/** Reads settings by name and collects what is wrong with them. */
class SettingsReader {
  readonly faults: string[] = [];

  constructor(private readonly env: Environment) {}

  text(name: string, fallback?: string): string {
    const value = this.env[name]?.trim() || fallback;
    if (value === undefined) this.faults.push(`${name} is not set`);
    return value ?? '';
  }

  /** Not trimmed: a blank may be part of a password. */
  secret(name: string): string {
    if (this.env[name] === undefined) this.faults.push(`${name} is not set`);
    return this.env[name] ?? '';
  }

  wholeNumber(name: string, fallback: number, min: number, max: number): number {
    const value = this.text(name, String(fallback));
    const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    this.check(name, value, number >= min && number <= max, `a whole number from ${min} to ${max}`);
    return number;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.text(name, String(fallback));
    this.check(name, value, value === 'true' || value === 'false', 'true or false');
    return value === 'true';
  }

  list(name: string, isValid: (item: string) => boolean, wanted: string): readonly string[] {
    const items = this.text(name, '')
      .split(/\s*,\s*/)
      .filter(Boolean);
    for (const item of items) this.check(name, item, isValid(item), wanted);
    return Object.freeze(items);
  }

  /** Records a fault that shows the value, so not for secrets. */
  check(name: string, value: string, isValid: boolean, wanted: string): void {
    if (value && !isValid) this.faults.push(`${name} is ${JSON.stringify(value)}, it must be ${wanted}`);
  }
}

function readServices(settings: SettingsReader): readonly Service[] {
  const isService = (name: string): boolean => SERVICES.includes(name as Service);
  const names = settings.list('SERVICES', isService, `some of ${SERVICES.join(', ')}, with commas`);
  // With a faulty list, the faults of all settings are named.
  if (names.length === 0 || !names.every(isService)) return SERVICES;
  return SERVICES.filter((service) => names.includes(service));
}

function readDatabaseHosts(settings: SettingsReader): readonly Host[] {
  // No default host: without DATABASE_HOST, `npm start` runs a private database.
  const text = settings.text('DATABASE_HOST');
  const hosts = parseHosts(text, settings.wholeNumber('DATABASE_PORT', 3306, 1, 65535));
  settings.check('DATABASE_HOST', text, hosts !== null, 'a host, or several as host:port with commas');
  return hosts ?? [];
}

function readRedisUrl(settings: SettingsReader): string | null {
  const url = settings.text('REDIS_URL', '');
  // The message does not repeat the value, which may contain a password.
  if (url && !/^rediss?:$/.test(URL.parse(url)?.protocol ?? ''))
    settings.faults.push('REDIS_URL must look like redis://host:6379');
  return url || null;
}

function readMetricsPort(settings: SettingsReader, port: number): number | null {
  const metricsPort = settings.text('METRICS_PORT', '')
    ? settings.wholeNumber('METRICS_PORT', 0, 0, 65535)
    : null;
  if (metricsPort !== null && metricsPort > 0 && metricsPort === port)
    settings.faults.push('METRICS_PORT must differ from PORT; leave it out to serve /metrics on PORT');
  return metricsPort;
}

function readLikeTrust(settings: SettingsReader): Config['likeTrust'] {
  return Object.freeze({
    burstLikes: settings.wholeNumber('LIKE_TRUST_BURST_LIKES', 15, 0, 1_000),
    newAccountHours: settings.wholeNumber('LIKE_TRUST_NEW_ACCOUNT_HOURS', 72, 1, 8_760),
    groupAccounts: settings.wholeNumber('LIKE_TRUST_GROUP_ACCOUNTS', 10, 0, 100),
    likesPerMinute: settings.wholeNumber('LIKE_TRUST_LIKES_PER_MINUTE', 20, 0, 40),
  });
}

function readJwtSecret(settings: SettingsReader, env: Environment, serving: boolean): string | null {
  const secret = env.JWT_SECRET || null;
  if (secret === null && serving) settings.faults.push('JWT_SECRET is not set');
  if (secret !== null && secret.length < MIN_SECRET_LENGTH)
    settings.faults.push(`JWT_SECRET must have at least ${MIN_SECRET_LENGTH} characters`);
  return secret;
}

// Refuses wide networks: a caller inside a trusted network can forge its address with X-Forwarded-For.
function isProxy(text: string): boolean {
  if (text === 'loopback' || text === 'private') return true;
  const [, address = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return false;
  if (prefix === undefined) return true;
  // Refuses IPv4-mapped IPv6 networks: ::ffff:0.0.0.0/96 contains every IPv4 address.
  if (version === 6 && new SocketAddress({ address, family: 'ipv6' }).address.startsWith('::ffff:'))
    return false;
  const [min, max] = version === 4 ? [8, 32] : [16, 128];
  return Number(prefix) >= min && Number(prefix) <= max;
}

function processEnvironment(): NodeJS.ProcessEnv {
  // Does not overwrite variables that are already set.
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}
