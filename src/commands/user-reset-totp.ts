import { TotpService } from '../accounts/totp.service.js';
import { UserRepository } from '../accounts/user.repository.js';
import { runCommand, UsageError } from './run-command.js';
import { readArguments } from './usage.js';

const { username = '' } = readArguments('user:reset-totp').values;

await runCommand(async (app) => {
  const user = await app.get(UserRepository, { strict: false }).findByName(username);
  if (!user) throw new UsageError(`There is no user ${username}.`);
  const wasRemoved = await app.get(TotpService).remove(user.id);
  console.log(
    wasRemoved ? `Removed the second factor of ${user.username}.` : `${user.username} has no second factor.`,
  );
});
