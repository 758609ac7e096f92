import type { INestApplicationContext } from '@nestjs/common';
import { AccountAdmin } from '../accounts/account-admin.js';
import type { UserRow } from '../accounts/user.repository.js';
import { runCommand, UsageError } from './run-command.js';
import { type CommandName, usageOf } from './usage.js';

/** Runs a command about one user, and prints the sentence that it returns. */
export function runOnUser(
  name: CommandName,
  username: string | undefined,
  command: (user: UserRow, admin: AccountAdmin, app: INestApplicationContext) => Promise<string>,
): Promise<void> {
  return runCommand(async (app) => {
    if (!username) throw new UsageError(`--username is missing.\n${usageOf(name)}`);
    const admin = app.get(AccountAdmin);
    const user = await admin.find(username);
    if (!user) throw new UsageError(`There is no user ${JSON.stringify(username)}.`);
    console.log(await command(user, admin, app));
  });
}
