import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { MailConfig } from '../../src/config/config.js';

interface ReceivedMail {
  to: string[];
  /** The whole message, decoded from quoted-printable. */
  text: string;
}

/** A real SMTP server on a free port. It keeps what it receives. */
export class MailServer {
  readonly mails: ReceivedMail[] = [];
  /** The answer to the next recipients; 250 accepts. */
  reply = 250;

  private constructor(private readonly server: SMTPServer) {}

  static async start(): Promise<MailServer> {
    const started: MailServer = new MailServer(
      new SMTPServer({
        authOptional: true,
        disabledCommands: ['STARTTLS'],
        onRcptTo: (_address, _session, done) =>
          done(
            started.reply === 250 ? null : Object.assign(new Error('no'), { responseCode: started.reply }),
          ),
        onData: (stream, session, done) => {
          let message = '';
          stream.setEncoding('latin1');
          stream.on('data', (chunk) => (message += String(chunk)));
          stream.on('end', () => {
            const to = session.envelope.rcptTo.map(({ address }) => address);
            started.mails.push({ to, text: decode(message) });
            done();
          });
        },
      }),
    );
    started.server.listen(0, '127.0.0.1');
    await once(started.server.server, 'listening');
    return started;
  }

  get config(): MailConfig {
    const { port } = this.server.server.address() as AddressInfo;
    return {
      url: `smtp://127.0.0.1:${port}`,
      from: 'Habi <no-reply@habi.co>',
      linkUrl: 'https://habi.co/account',
    };
  }

  /** The token of the link in the last mail. */
  lastToken(): string {
    const link = /https:\/\/habi\.co\/account#action=[\w-]+&token=([\w-]{43})\b/;
    return link.exec(this.mails.at(-1)?.text ?? '')?.[1] ?? '';
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(resolve);
    });
  }
}

function decode(message: string): string {
  const bytes = message
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
