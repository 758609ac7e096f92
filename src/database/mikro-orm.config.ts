import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, type Options } from '@mikro-orm/mysql';
import { CompiledQuery, type DatabaseConnection } from 'kysely';
import { AccountEmail } from '../accounts/account-email.entity.js';
import { AuthIdentity } from '../accounts/auth-identity.entity.js';
import { RefreshToken } from '../accounts/refresh-token.entity.js';
import { SignIn } from '../accounts/sign-in.entity.js';
import { SignInFailure } from '../accounts/sign-in-failure.entity.js';
import { RecoveryCode, UserTotp } from '../accounts/user-totp.entity.js';
import { User } from '../accounts/user.entity.js';
import { LegacySyncCheckpoint } from '../legacy-sync/legacy-sync-checkpoint.entity.js';
import type { Config } from '../config/config.js';
import { sslOptions } from '../config/database-tls.js';
import { LikeEvent } from '../likes/like-event.entity.js';
import { PropertyLike } from '../likes/property-like.entity.js';
import { PropertyAudit } from '../properties/model/property-audit.entity.js';
import { PropertyChange } from '../properties/model/property-change.entity.js';
import { Property } from '../properties/model/property.entity.js';
import {
  FacetCount,
  PlaceName,
  PlaceTerm,
  PropertySearch,
  PropertyWords,
  SearchState,
} from '../properties/model/search.entity.js';
import { PropertyPrice } from '../properties/model/property-price.entity.js';
import { StatusHistory } from '../properties/model/status-history.entity.js';
import { Status } from '../properties/model/status.entity.js';
import {
  RankedProperty,
  RankedPast,
  RankedWeekAgo,
  RankingDay,
  RankingCheckpoint,
} from '../ranking/model/ranking.entity.js';
import { AccountTrust, TrustChange, UntrustedLike } from '../ranking/model/trust.entity.js';
import { migrations } from './migrations/index.js';
import { ReplicaHeartbeat } from './replica-heartbeat.entity.js';

export function mikroOrmOptions({
  database: { name: dbName, host, port, replicaHosts, user, password, tls, timezone, poolSize },
}: Pick<Config, 'database'>): Options {
  // The session's zone decides about timestamps and CURRENT_TIMESTAMP, so the server's zone does not matter. Strict mode makes a
  // value that does not fit an error on every server. Invalid dates such as 31 February are allowed: old rows contain and copy them.
  const session = `set time_zone = '${timezone}', sql_mode = 'STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY,ALLOW_INVALID_DATES'`;
  const driverOptions = {
    connectTimeout: 3_000,
    // All numbers are JavaScript numbers, also decimals, and prices of other programs above 2^53, which lose digits.
    decimalNumbers: true,
    supportBigNumbers: false,
    // More requests waiting for a connection could not be answered in time.
    queueLimit: 2_000,
    ssl: sslOptions(tls),
  };
  return defineConfig({
    host,
    port,
    user,
    password,
    timezone,
    dbName,
    entities: [
      Property,
      Status,
      StatusHistory,
      PropertyPrice,
      PropertySearch,
      PropertyWords,
      FacetCount,
      PlaceName,
      PlaceTerm,
      SearchState,
      User,
      AccountEmail,
      RefreshToken,
      SignIn,
      SignInFailure,
      AuthIdentity,
      UserTotp,
      RecoveryCode,
      PropertyLike,
      LikeEvent,
      RankedProperty,
      RankedPast,
      RankedWeekAgo,
      RankingDay,
      RankingCheckpoint,
      AccountTrust,
      UntrustedLike,
      TrustChange,
      LegacySyncCheckpoint,
      PropertyAudit,
      PropertyChange,
      ReplicaHeartbeat,
    ],
    charset: 'utf8mb4',
    collate: 'utf8mb4_unicode_ci',
    // The administrator creates the database. A connection must not spend time on a check for it.
    ensureDatabase: false,
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false, transactional: false, silent: true },
    pool: { min: 2, max: poolSize },
    driverOptions,
    // Pools only: Replicas chooses between them. MikroORM would also choose one that is away or behind.
    // A read that cannot connect to a replica still has time for the primary.
    replicas: replicaHosts.map((address) => ({
      ...address,
      driverOptions: { ...driverOptions, connectTimeout: 1_000 },
    })),
    preferReadReplicas: false,
    onCreateConnection: async (created) => {
      const connection = created as DatabaseConnection;
      try {
        await connection.executeQuery(CompiledQuery.raw(session));
      } catch (error) {
        // Kysely drops a connection whose setup failed, and the pool would count it forever.
        await connection.killSession?.(async () => {});
        throw error;
      }
    },
  });
}
