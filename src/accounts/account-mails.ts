import { EntityManager } from '@mikro-orm/mysql';
import { Injectable, Logger } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { Config } from '../config/config.js';
import { toDatabaseTime } from '../database/time.js';
import { inTransaction } from '../database/transaction.js';
import { Mailer, type MailResult } from '../mail/mailer.js';
import { emailKey } from './account-email.entity.js';
import { AccountMailRepository, type QueuedMail } from './account-mail.repository.js';
import { EmailClaims } from './email-claims.js';
import { mailText, type MailKind } from './mail-texts.js';
import { OneTimeTokens } from './one-time-tokens.js';
import { UserRepository } from './user.repository.js';

// Waits before the attempts: 1 minute, then twice as long each time, about 17 hours in all.
const FIRST_RETRY_MS = 60_000;
const MAX_ATTEMPTS = 10;

interface Recipient {
  to: string;
  token: string;
}

/** Queues the mails of accounts, and sends them behind the requests. */
@Injectable()
export class AccountMails {
  readonly #logger = new Logger('Mail');

  constructor(
    private readonly em: EntityManager,
    private readonly queue: AccountMailRepository,
    private readonly tokens: OneTimeTokens,
    private readonly users: UserRepository,
    private readonly claims: EmailClaims,
    private readonly mailer: Mailer,
    private readonly config: Config,
  ) {}

  /** Queues a mail. Without MAIL_URL it does nothing. @param subject the user's id, or for `reset-password` an email */
  async add(kind: MailKind, subject: number | string): Promise<void> {
    if (!this.mailer.isConfigured) return;
    const key = typeof subject === 'number' ? String(subject) : emailKey(subject);
    await inTransaction(this.em, () => this.queue.add(kind, key, now()));
  }

  /** Sends the next mail that is due. @returns its result; `nobody` when it has no recipient; undefined when none is due */
  async sendNext(): Promise<MailResult['outcome'] | 'nobody' | undefined> {
    if (!this.config.mail) return undefined;
    const mail = await this.queue.findDue(now());
    if (!mail) return undefined;
    // Before the mail is sent: after a crash the next attempt waits, too.
    await inTransaction(this.em, () =>
      this.queue.postpone(mail.id, inMs(FIRST_RETRY_MS * 2 ** mail.attempts)),
    );
    const recipient = await this.#recipientOf(mail);
    const result: MailResult | { outcome: 'nobody' } = recipient
      ? await this.mailer.send({
          to: recipient.to,
          ...mailText(mail.kind, this.config.mail.linkUrl, recipient.token),
        })
      : { outcome: 'nobody' };
    const isGivenUp = result.outcome === 'refused' || mail.attempts + 1 >= MAX_ATTEMPTS;
    if ('code' in result)
      this.#logger.warn(
        `mail ${mail.id} (${mail.kind}) ${result.outcome}: ${result.code}${isGivenUp ? '; given up' : ''}`,
      );
    if (result.outcome !== 'failed' || isGivenUp)
      await inTransaction(this.em, () => this.queue.delete(mail.id));
    return result.outcome;
  }

  /** Null when nobody is to get the mail, or the user got one a moment ago. */
  async #recipientOf({ kind, subject, attempts }: QueuedMail): Promise<Recipient | null> {
    if (kind === 'reset-password') await this.claims.claimOfOtherPrograms();
    const userId = kind === 'reset-password' ? await this.users.findOwner(subject) : Number(subject);
    const user = userId === undefined ? undefined : await this.users.findById(userId);
    if (!user?.is_active) return null;
    if (kind === 'confirm-email') {
      const issued = await this.tokens.issueForEmail(user.id, { always: attempts > 0 });
      return issued && { to: issued.email, token: issued.token };
    }
    // Another program may have changed the address.
    if (!isEmail(user.email) || (kind === 'reset-password' && emailKey(user.email) !== subject)) return null;
    const token =
      kind === 'reset-password' ? await this.tokens.issueForPassword(user, { always: attempts > 0 }) : '';
    return token === null ? null : { to: user.email, token };
  }
}

const now = (): string => inMs(0);
const inMs = (ms: number): string => toDatabaseTime(new Date(Date.now() + ms), '+00:00');
