import { OnlineMigration } from './online-migration.js';

const TURNS = 1_024;

/** Keeps likes and the transactions of other programs from waiting for each other. */
export class LikesBesideOthers extends OnlineMigration {
  override async up(): Promise<void> {
    // The users' write locks. A table of the service itself, so that likes need no exclusive lock on `auth_user`.
    await this.ddl(
      'create table if not exists like_turn (turn smallint not null primary key) engine = InnoDB default charset = utf8mb4',
    );
    const turns = Array.from({ length: TURNS }, (_, turn) => turn);
    await this.write(
      `insert ignore into like_turn (turn) values ${turns.map(() => '(?)').join(', ')}`,
      turns,
    );
    // With these, a transaction that deletes a property or a user would lock part of `like_event` until it ends.
    for (const what of ['property', 'user'])
      await this.dropForeignKey('like_event', `like_event_${what}_id_foreign`);
  }
}
