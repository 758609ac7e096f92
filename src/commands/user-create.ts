import { AccountsService } from '../accounts/accounts.service.js';
import { RegisterDto } from '../accounts/dto/accounts.dto.js';
import { readBody } from '../http/input.js';
import { ProblemError } from '../http/problem.js';
import { runCommand, UsageError } from './run-command.js';
import { readArguments, usageOf } from './usage.js';

const { staff, ...account } = readArguments('user:create').values;

await runCommand(async (app) => {
  try {
    const { id, username } = await app
      .get(AccountsService)
      .register(readBody(RegisterDto, account), { isStaff: staff });
    console.log(`Created ${staff ? 'staff' : 'user'} ${username} with id ${id}.`);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const faults = error.options.errors?.map(({ field, message }) => `--${field} ${message}\n`).join('');
    throw new UsageError(faults ? faults + usageOf('user:create') : error.detail);
  }
});
