import { OnlineMigration } from './online-migration.js';

const TURNS = 1_024;

/** Of what people do with likes: whose turn it is. Rows of our own, so that nobody has to have a row of `auth_user` for himself. */
export class LikeTurns extends OnlineMigration {
  override async up(): Promise<void> {
    await this.ddl(
      'create table if not exists like_turn (turn smallint not null primary key) engine = InnoDB default charset = utf8mb4',
    );
    const turns = Array.from({ length: TURNS }, (_, turn) => turn);
    await this.write(
      `insert ignore into like_turn (turn) values ${turns.map(() => '(?)').join(', ')}`,
      turns,
    );
  }
}
