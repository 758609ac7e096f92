import { OnlineMigration } from './online-migration.js';

const TURNS = 1_024;

/** What keeps likes from waiting for other programs' transactions, and those from waiting for likes. */
export class LikesBesideOthers extends OnlineMigration {
  override async up(): Promise<void> {
    // Whose turn it is: of our own, so that nobody has to have a row of `auth_user` for himself.
    await this.ddl(
      'create table if not exists like_turn (turn smallint not null primary key) engine = InnoDB default charset = utf8mb4',
    );
    const turns = Array.from({ length: TURNS }, (_, turn) => turn);
    await this.write(
      `insert ignore into like_turn (turn) values ${turns.map(() => '(?)').join(', ')}`,
      turns,
    );
    // Who deletes a home or a person would lock a part of the history until his transaction ends.
    for (const what of ['property', 'user'])
      await this.dropForeignKey('like_event', `like_event_${what}_id_foreign`);
  }
}
