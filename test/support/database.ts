import { randomBytes } from 'node:crypto';
import { MikroORM } from '@mikro-orm/mysql';
import { sql } from 'kysely';
import { Config, readConfig, SERVICES } from '../../src/config/config.js';
import { migrate } from '../../src/database/migrate.js';
import { grantServiceRights } from '../../src/database/service-rights.js';
import { mikroOrmOptions } from '../../src/database/mikro-orm.config.js';
import { BASE_URL, empty, needsOwnApp } from './outside.js';
import { WAIT_MS } from './until.js';

let created = 0;
/** The settings of the database of the running service, in a run with TEST_BASE_URL. */
let outside: Config | null = null;

/** The connection options of the service, for tests that do not measure how long a connection takes. */
function patientOptions(config: Config): ReturnType<typeof mikroOrmOptions> {
  const options = mikroOrmOptions(config);
  return { ...options, driverOptions: { ...options.driverOptions, connectTimeout: WAIT_MS } };
}

function ownerOf({ user, serviceUser }: Config['database']): string {
  return serviceUser?.startsWith(`${user}@`) ? readConfig().database.user : user;
}

export interface DatabaseOptions {
  /** false leaves the database empty */
  migrated?: boolean;
  timezone?: string;
  server?: Config['database'];
  /** The same name on two servers simulates one database with failover. */
  name?: string;
}

/** The private database of one test file, created by the real migrations. */
export class TestDatabase {
  private constructor(
    readonly config: Config,
    readonly orm: MikroORM,
    /** The account of `orm`, which may change the schema. `config` has the account that serves. */
    readonly owner = config.database,
  ) {}

  static async create({
    migrated = true,
    timezone = '+00:00',
    server = readConfig().database,
    name,
  }: DatabaseOptions = {}): Promise<TestDatabase> {
    if (BASE_URL !== undefined) {
      if (!migrated || timezone !== '+00:00' || name !== undefined || outside !== null)
        needsOwnApp('a database of its own');
      ({ name } = server);
    }
    name ??= `${server.name}_test_${process.pid}_${created++}`;
    const config: Config = {
      services: SERVICES,
      database: { ...server, name, timezone },
      host: '127.0.0.1',
      port: 0,
      webConcurrency: 1,
      redisUrl: null,
      cacheMaxMb: 32,
      corsOrigins: [],
      trustedProxies: [],
      metricsPort: null,
      docs: true,
      demoData: false,
      rateLimitPerMinute: 0,
      rateLimitSignInPerMinute: 0,
      rateLimitRegisterPerHour: 0,
      rateLimitLikesPerDay: 0,
      rankingHalfLifeDays: 7,
      mail: null,
      likeEventRetentionDays: 0,
      // Off: few users make all likes of a test.
      likeTrust: { burstLikes: 0, newAccountHours: 72, groupAccounts: 0, likesPerMinute: 0 },
      jwtSecret: (BASE_URL && process.env.JWT_SECRET) ?? randomBytes(48).toString('base64'),
      jwtSecretPrevious: null,
      identityProvider: null,
      staffTotpRequired: false,
      insecureCookies: false,
      logLevel: 'silent',
      tracing: null,
    };
    const orm = await MikroORM.init(patientOptions(config));
    await orm.schema.ensureDatabase();
    await orm.connect();
    if (!migrated) return new TestDatabase(config, orm);
    const user = server.serviceUser?.replace(/@.*/, '') ?? server.user;
    const served = { ...config, database: { ...config.database, user } };
    const database = new TestDatabase(served, orm, config.database);
    await database.migrate();
    if (BASE_URL !== undefined) {
      outside = served;
      await empty(database);
    }
    return database;
  }

  /** Whether the running service of TEST_BASE_URL has these settings. */
  static isOfOutside(config: Config): boolean {
    return JSON.stringify(config) === JSON.stringify(outside);
  }

  /** Migrates, and grants the account that serves its rights, as `npm run migrate` does. */
  async migrate(): Promise<void> {
    await migrate(this.orm);
    if (this.owner.serviceUser !== null) await grantServiceRights(this.orm, this.owner.serviceUser);
  }

  /** Opens exactly one more connection to the same database, for another program or a worker: as the owner. */
  static async connect(config: Config, user = ownerOf(config.database)): Promise<TestDatabase> {
    const asUser = { ...config, database: { ...config.database, user } };
    const orm = await MikroORM.init({ ...patientOptions(asUser), pool: { min: 1, max: 1 } });
    await orm.connect();
    return new TestDatabase(config, orm);
  }

  async close(): Promise<void> {
    await this.orm.close();
  }

  /** Runs one statement, as another program would. */
  async run<Row = Record<string, unknown>>(statement: string, parameters: unknown[] = []): Promise<Row[]> {
    if (/^\s*(?:alter|create|drop|rename)\b/i.test(statement)) needsOwnApp('a changed schema');
    return (await this.orm.em.getConnection().execute(statement, parameters)) as Row[];
  }

  /** The environment variables with which another process uses this database. */
  get environment(): Record<string, string> {
    const { host, port, user, password, name } = this.config.database;
    const { burstLikes, newAccountHours, groupAccounts, likesPerMinute } = this.config.likeTrust;
    return {
      DATABASE_HOST: host,
      DATABASE_PORT: String(port),
      DATABASE_USER: user,
      DATABASE_PASSWORD: password,
      DATABASE_NAME: name,
      JWT_SECRET: this.config.jwtSecret ?? '',
      RATE_LIMIT_LIKES_PER_DAY: '0',
      LIKE_TRUST_BURST_LIKES: String(burstLikes),
      LIKE_TRUST_NEW_ACCOUNT_HOURS: String(newAccountHours),
      LIKE_TRUST_GROUP_ACCOUNTS: String(groupAccounts),
      LIKE_TRUST_LIKES_PER_MINUTE: String(likesPerMinute),
    };
  }

  async isMariaDb(): Promise<boolean> {
    const [row] = await this.run<{ version: string }>('select version() as version');
    return /mariadb/i.test(row?.version ?? '');
  }

  async drop(): Promise<void> {
    if (outside !== null) {
      outside = null;
      return this.orm.close();
    }
    await sql`drop database ${sql.id(this.config.database.name)}`.execute(this.orm.em.getKysely());
    await this.orm.close();
  }
}
