import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { type Host, parseHosts } from './database-hosts.js';
import { type DatabaseTls, readTls } from './database-tls.js';
import { type IdentityProvider, readIdentityProvider } from './identity-provider.js';
import { isProxy, PROXIES_WANTED } from './proxies.js';
import { type Environment, SettingsReader } from './settings-reader.js';
import { readTracing, type TracingConfig } from './tracing-settings.js';

export const SERVICES = ['accounts', 'properties', 'likes', 'ranking'] as const;
/** A part of the program that can run in a process of its own: its routes and its background worker. */
export type Service = (typeof SERVICES)[number];

export interface MailConfig {
  /** `smtp://` or `smtps://`, with name and password. */
  readonly url: string;
  /** The sender, such as `Habi <no-reply@habi.co>`. */
  readonly from: string;
  /** The page that the links in mails open. */
  readonly linkUrl: string;
}

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
    /** Read replicas. */
    readonly replicaHosts: readonly Host[];
    readonly user: string;
    readonly password: string;
    /** Null: connections are not encrypted. */
    readonly tls: DatabaseTls | null;
    readonly name: string;
    /** `user@host`: the account that serves, when `migrate` grants it its rights; null: it grants nothing. */
    readonly serviceUser: string | null;
    /** The password with which `migrate` creates that account; null: it creates none. */
    readonly servicePassword: string | null;
    /** `±hh:mm`: time zone of the dates that other programs write. */
    readonly timezone: string;
    /** Connections that this process opens at most. */
    readonly poolSize: number;
  };
  /** The address to listen on. */
  readonly host: string;
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
  /** Failed sign-ins without a delay, per minute and caller; 0: no limit (sign-in-failures.ts). */
  readonly rateLimitSignInPerMinute: number;
  /** Registrations per caller and hour; 0: no limit. */
  readonly rateLimitRegisterPerHour: number;
  /** Likes and unlikes per user and day; 0: no limit, also not per minute and per property. */
  readonly rateLimitLikesPerDay: number;
  /** Half-life of a like in the trending score. */
  readonly rankingHalfLifeDays: number;
  /** How mails are sent; null: the service sends none. */
  readonly mail: MailConfig | null;
  /** Days after which the log of likes forgets who made a like that has ended; 0: never. */
  readonly likeEventRetentionDays: number;
  /** When the likes of an account stop counting in the ranking; a count of 0 switches its rule off. See trust-rules.ts. */
  readonly likeTrust: {
    readonly burstLikes: number;
    readonly newAccountHours: number;
    readonly groupAccounts: number;
    readonly likesPerMinute: number;
  };
  /** Key that signs access tokens; null is possible only in a process that does not serve requests. */
  readonly jwtSecret: string | null;
  /** Whether the cookies of the ranking page work without TLS; for development. */
  readonly insecureCookies: boolean;
  /** A second key that access tokens may be signed with, while the key is changed. */
  readonly jwtSecretPrevious: string | null;
  readonly identityProvider: IdentityProvider | null;
  /** Whether accounts have the rights of staff only with a second factor. */
  readonly staffTotpRequired: boolean;
  readonly logLevel: LogLevel;
  /** Null: no traces. */
  readonly tracing: TracingConfig | null;
}

// The range that both MySQL and MariaDB accept.
const TIMEZONE = /^([+-](0\d|1[0-2]):[0-5]\d|\+13:00)$/;
// The recent likes and unlikes show abuse.
const MIN_RETENTION_DAYS = 30;
// The characters need no quoting in SQL.
const ACCOUNT = /^[\w.-]+@[\w.:%/-]+$/;
// A statement is killed from a second connection.
const MIN_POOL_SIZE = 2;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

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
  const jwtSecret = settings.key('JWT_SECRET');
  if (jwtSecret === null && serving) settings.faults.push('JWT_SECRET is not set');
  const logLevel = settings.text('LOG_LEVEL', 'info');
  const isLogLevel = LOG_LEVELS.includes(logLevel as LogLevel);
  settings.check('LOG_LEVEL', logLevel, isLogLevel, `one of ${LOG_LEVELS.join(', ')}`);
  const defaultPort = settings.wholeNumber('DATABASE_PORT', 3306, 1, 65535);
  // No default host: without DATABASE_HOST, `npm start` runs a private database.
  const hosts = readHosts(settings, 'DATABASE_HOST', defaultPort);
  const replicaHosts = readHosts(settings, 'DATABASE_REPLICA_HOSTS', defaultPort, '');
  const serviceUser = readServiceUser(settings);
  const host = settings.text('HOST', '0.0.0.0');
  settings.check(
    'HOST',
    host,
    isIP(host) > 0,
    'an address of this machine, or 0.0.0.0 or :: for all of them',
  );
  const config: Config = {
    services,
    database: Object.freeze({
      hosts,
      ...(hosts[0] ?? { host: '', port: 0 }),
      replicaHosts,
      user: settings.text('DATABASE_USER', 'habi_user'),
      password: settings.secret('DATABASE_PASSWORD'),
      tls: readDatabaseTls(settings, [...hosts, ...replicaHosts]),
      name: settings.text('DATABASE_NAME', 'habi_db'),
      serviceUser,
      servicePassword: settings.newPassword('DATABASE_SERVICE_PASSWORD'),
      timezone,
      poolSize: settings.wholeNumber('DATABASE_POOL_SIZE', 10, MIN_POOL_SIZE, 1_000),
    }),
    host,
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
    rateLimitLikesPerDay: settingsOf('likes').wholeNumber('RATE_LIMIT_LIKES_PER_DAY', 1_000, 0, 1_000_000),
    rankingHalfLifeDays: settingsOf('ranking').wholeNumber('RANKING_HALF_LIFE_DAYS', 7, 1, 365),
    mail: readMail(settingsOf('accounts')),
    likeEventRetentionDays: readRetention(settingsOf('accounts')),
    likeTrust: readLikeTrust(settingsOf('ranking')),
    jwtSecret,
    insecureCookies: settings.flag('INSECURE_COOKIES', false),
    jwtSecretPrevious: settings.key('JWT_SECRET_PREVIOUS'),
    identityProvider: readIdentityProvider(settings),
    staffTotpRequired: readStaffTotp(settings),
    logLevel: logLevel as LogLevel,
    tracing: serving ? readTracing(settings) : null,
  };
  if (settings.faults.length > 0) {
    throw new ConfigError(
      `The settings (environment or .env, see .env.example) are not usable: ${settings.faults.join('; ')}.`,
    );
  }
  return Object.freeze(config);
}

function readServices(settings: SettingsReader): readonly Service[] {
  const isService = (name: string): boolean => SERVICES.includes(name as Service);
  const names = settings.list('SERVICES', isService, `some of ${SERVICES.join(', ')}, with commas`);
  // With a faulty list, the faults of all settings are named.
  if (names.length === 0 || !names.every(isService)) return SERVICES;
  return SERVICES.filter((service) => names.includes(service));
}

function readHosts(
  settings: SettingsReader,
  name: string,
  defaultPort: number,
  fallback?: string,
): readonly Host[] {
  const text = settings.text(name, fallback);
  const hosts = text ? parseHosts(text, defaultPort) : Object.freeze([]);
  settings.check(name, text, hosts !== null, 'a host, or several as host:port with commas');
  return hosts ?? [];
}

function readDatabaseTls(settings: SettingsReader, hosts: readonly Host[]): DatabaseTls | null {
  const text = settings.text('DATABASE_TLS', 'off');
  let tls: DatabaseTls | null = null;
  try {
    tls = readTls(text);
  } catch (error) {
    settings.check('DATABASE_TLS', text, false, `off, required or a CA file (${(error as Error).message})`);
  }
  // mysql2 checks an IP address as if it were "localhost".
  if (tls?.ca && hosts.some(({ host }) => isIP(host) > 0))
    settings.faults.push(
      'with a CA file in DATABASE_TLS, the database hosts must be names, which the certificate is checked for',
    );
  return tls;
}

function readStaffTotp(settings: SettingsReader): boolean {
  const value = settings.text('STAFF_TOTP', 'optional');
  settings.check('STAFF_TOTP', value, ['optional', 'required'].includes(value), 'optional or required');
  return value === 'required';
}

function readServiceUser(settings: SettingsReader): string | null {
  const account = settings.text('DATABASE_SERVICE_USER', '');
  settings.check(
    'DATABASE_SERVICE_USER',
    account,
    ACCOUNT.test(account),
    'an account such as habi_service@%',
  );
  return account || null;
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

function readMail(settings: SettingsReader): MailConfig | null {
  const url = settings.text('MAIL_URL', '');
  if (!url) return null;
  // The message does not repeat the value, which may contain a password.
  if (!/^smtps?:$/.test(URL.parse(url)?.protocol ?? ''))
    settings.faults.push('MAIL_URL must look like smtps://user:password@host:465');
  const linkUrl = settings.text('MAIL_LINK_URL');
  const isPage = /^https?:$/.test(URL.parse(linkUrl)?.protocol ?? '') && !linkUrl.includes('#');
  settings.check('MAIL_LINK_URL', linkUrl, isPage, 'a page such as https://habi.co/account');
  const from = settings.text('MAIL_FROM');
  settings.check('MAIL_FROM', from, from.includes('@'), 'a sender such as Habi <no-reply@habi.co>');
  return Object.freeze({ url, from, linkUrl });
}

function readLikeTrust(settings: SettingsReader): Config['likeTrust'] {
  return Object.freeze({
    burstLikes: settings.wholeNumber('LIKE_TRUST_BURST_LIKES', 15, 0, 1_000),
    newAccountHours: settings.wholeNumber('LIKE_TRUST_NEW_ACCOUNT_HOURS', 72, 1, 8_760),
    groupAccounts: settings.wholeNumber('LIKE_TRUST_GROUP_ACCOUNTS', 10, 0, 100),
    likesPerMinute: settings.wholeNumber('LIKE_TRUST_LIKES_PER_MINUTE', 20, 0, 40),
  });
}

function readRetention(settings: SettingsReader): number {
  const days = settings.wholeNumber('LIKE_EVENT_RETENTION_DAYS', 0, 0, 36_500);
  const isLongEnough = days === 0 || days >= MIN_RETENTION_DAYS;
  settings.check(
    'LIKE_EVENT_RETENTION_DAYS',
    String(days),
    isLongEnough,
    `0, or at least ${MIN_RETENTION_DAYS}`,
  );
  return days;
}

function processEnvironment(): NodeJS.ProcessEnv {
  // Does not overwrite variables that are already set.
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}
