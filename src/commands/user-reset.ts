import { linkOf } from '../accounts/mail-texts.js';
import { Config } from '../config/config.js';
import { UsageError } from './run-command.js';
import { runOnUser } from './run-on-user.js';
import { readArguments } from './usage.js';

const { username, mail: isMailed } = readArguments('user:reset').values;

await runOnUser('user:reset', username, async (user, admin, app) => {
  const { mail } = app.get(Config);
  if (isMailed) {
    if (!mail) throw new UsageError('MAIL_URL is not set: no mail can be sent.');
    if (!user.email) throw new UsageError(`${user.username} has no confirmed email.`);
    await admin.mailReset(user);
    return `The service sends a mail to ${user.username}.`;
  }
  const token = await admin.issueReset(user);
  if (token === null)
    throw new UsageError(`${user.username} is not active, or has no password in this database.`);
  return mail
    ? linkOf('reset-password', mail.linkUrl, token)
    : `Token for POST /v1/auth/password-resets/confirm, once, within an hour: ${token}`;
});
