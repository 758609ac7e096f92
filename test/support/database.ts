import { MikroORM } from '@mikro-orm/mysql';
import { sql } from 'kysely';
import { Config, readConfig, SERVICES } from '../../src/config/config.js';
import { migrate } from '../../src/database/migrate.js';
import { mikroOrmOptions } from '../../src/database/mikro-orm.config.js';
import { WAIT_MS } from './until.js';

let created = 0;

/** The connection options of the service, for tests that do not measure how long a connection takes. */
function patientOptions(config: Config): ReturnType<typeof mikroOrmOptions> {
  const options = mikroOrmOptions(config);
  return { ...options, driverOptions: { ...options.driverOptions, connectTimeout: WAIT_MS } };
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
  ) {}

  static async create({
    migrated = true,
    timezone = '+00:00',
    server = readConfig().database,
    name,
  }: DatabaseOptions = {}): Promise<TestDatabase> {
    name ??= `${server.name}_test_${process.pid}_${created++}`;
    const config: Config = {
      services: SERVICES,
      database: { ...server, name, timezone },
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
      rankingHalfLifeDays: 7,
      // Off: few users make all likes of a test.
      likeTrust: { burstLikes: 0, newAccountHours: 72, groupAccounts: 0, likesPerMinute: 0 },
      jwtSecret: 'a secret of the tests, long enough for a key',
      logLevel: 'silent',
    };
    const orm = await MikroORM.init(patientOptions(config));
    await orm.schema.ensureDatabase();
    await orm.connect();
    if (migrated) await migrate(orm);
    return new TestDatabase(config, orm);
  }

  /** Opens exactly one more connection to the same database. */
  static async connect(config: Config): Promise<TestDatabase> {
    const orm = await MikroORM.init({ ...patientOptions(config), pool: { min: 1, max: 1 } });
    await orm.connect();
    return new TestDatabase(config, orm);
  }

  async close(): Promise<void> {
    await this.orm.close();
  }

  /** Runs one statement, as another program would. */
  async run<Row = Record<string, unknown>>(statement: string, parameters: unknown[] = []): Promise<Row[]> {
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
    await sql`drop database ${sql.id(this.config.database.name)}`.execute(this.orm.em.getKysely());
    await this.orm.close();
  }
}
