import { OnlineMigration } from './online-migration.js';

/** One row with a time that processes with DATABASE_REPLICA_HOSTS renew. Its copy on a replica shows how far the replica is behind. */
export class ReplicaHeartbeatTable extends OnlineMigration {
  override async up(): Promise<void> {
    await this.ddl(`create table if not exists replica_heartbeat (
      id int not null primary key,
      beat_at bigint not null
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`);
    await this.write('insert ignore into replica_heartbeat (id, beat_at) values (1, 0)');
  }
}
