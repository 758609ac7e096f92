import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { createTransport, type Transporter } from 'nodemailer';
import { Config } from '../config/config.js';

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

/** `refused`: the server will not take this mail. `failed`: try again later. */
export type MailResult = { outcome: 'sent' } | { outcome: 'refused' | 'failed'; code: string };

const TIMEOUT_MS = 3_000;
// A worker that is silent for 7 seconds counts as hung (AdvisoryLock).
const MAX_SEND_MS = 5_500;

/** Sends mails by SMTP. */
@Injectable()
export class Mailer {
  #transport: Transporter | undefined;

  constructor(private readonly config: Config) {}

  get isConfigured(): boolean {
    return this.config.mail !== null;
  }

  /** Never throws. The result names the error by code only: its message may contain the address. */
  async send({ to, subject, text }: Mail): Promise<MailResult> {
    const { mail } = this.config;
    if (!mail) return { outcome: 'failed', code: 'MAIL_URL is not set' };
    this.#transport ??= createTransport({
      url: mail.url,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    // An object: the text of an address may read as a list of several.
    const message = { from: mail.from, to: { name: '', address: to }, subject, text };
    const timeout = new AbortController();
    try {
      const isSent = await Promise.race([
        this.#transport.sendMail(message).then(() => true),
        pause(MAX_SEND_MS, false, { signal: timeout.signal }),
      ]);
      return isSent ? { outcome: 'sent' } : { outcome: 'failed', code: 'ETIMEDOUT' };
    } catch (error) {
      const { code = 'unknown', responseCode } = error as { code?: string; responseCode?: number };
      // EAUTH is a fault of the settings, not of the mail.
      const isRefused = responseCode !== undefined && responseCode >= 500 && code !== 'EAUTH';
      return { outcome: isRefused ? 'refused' : 'failed', code: `${code} ${responseCode ?? ''}`.trim() };
    } finally {
      timeout.abort();
    }
  }
}
