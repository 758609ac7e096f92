import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../database/sql-repository.js';
import type { MailKind } from './mail-texts.js';

// Strangers can ask for mails. More are dropped, and every caller gets the same answer.
const MAX_WAITING = 10_000;

export interface QueuedMail {
  id: number;
  kind: MailKind;
  /** The user's id, or the key of an email (`reset-password`). */
  subject: string;
  /** Attempts so far. */
  attempts: number;
}

/** SQL of `account_mail`, the queue of mails. Times are naive, UTC. */
@Injectable()
export class AccountMailRepository extends SqlRepository {
  /** Queues a mail, unless an equal one waits or the queue is full. */
  async add(kind: MailKind, subject: string, now: string): Promise<void> {
    await sql`
      insert ignore into account_mail (kind, subject, due_at)
      select ${kind}, ${subject}, ${now} from (
        select count(*) as waiting from (select id from account_mail limit ${MAX_WAITING}) counted
      ) queue where waiting < ${MAX_WAITING}`.execute(this.db);
  }

  async findDue(now: string): Promise<QueuedMail | undefined> {
    const { rows } = await sql<QueuedMail>`
      select id, kind, subject, attempts from account_mail where due_at <= ${now} order by due_at, id limit 1`.execute(
      this.db,
    );
    return rows[0];
  }

  async postpone(id: number, dueAt: string): Promise<void> {
    await sql`update account_mail set attempts = attempts + 1, due_at = ${dueAt} where id = ${id}`.execute(
      this.db,
    );
  }

  async delete(id: number): Promise<void> {
    await sql`delete from account_mail where id = ${id}`.execute(this.db);
  }
}
