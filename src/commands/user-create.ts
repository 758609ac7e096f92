import { AccountsService } from '../accounts/accounts.service.js';
import { RegisterDto } from '../accounts/dto/accounts.dto.js';
import { readBody } from '../http/input.js';
import { ProblemError } from '../http/problem.js';
import { readPassword } from './read-password.js';
import { runCommand, UsageError } from './run-command.js';
import { readArguments, usageOf } from './usage.js';

const { staff, password: given, username, email } = readArguments('user:create').values;
if (given !== undefined)
  process.stderr.write('Warning: other users of this machine can read --password. Leave it out next time.\n');

await runCommand(async (app) => {
  try {
    const account = readBody(RegisterDto, { username, email, password: given ?? (await readPassword()) });
    // The administrator vouches for the email.
    const { id } = await app.get(AccountsService).register(account, { isStaff: staff, mustConfirm: false });
    console.log(`Created ${staff ? 'staff' : 'user'} ${account.username} with id ${id}.`);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const faults = error.options.errors?.map(({ field, message }) => `--${field} ${message}\n`).join('');
    throw new UsageError(faults ? faults + usageOf('user:create') : error.detail);
  }
});
