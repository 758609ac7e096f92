import { parseArgs } from 'node:util';
import { AccountsService } from '../accounts/accounts.service.js';
import { RegisterDto } from '../accounts/dto/accounts.dto.js';
import { readBody } from '../http/input.js';
import { ProblemError } from '../http/problem.js';
import { runCommand, UsageError } from './run-command.js';

const USAGE = 'Usage: npm run user:create -- --username U --email E --password P [--staff]';

await runCommand(async (app) => {
  const { staff, ...account } = readArguments();
  try {
    const { id, username } = await app
      .get(AccountsService)
      .register(readBody(RegisterDto, account), { isStaff: staff });
    console.log(`Created ${staff ? 'staff' : 'user'} ${username} with id ${id}.`);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const faults = error.options.errors?.map(({ field, message }) => `--${field} ${message}\n`).join('');
    throw new UsageError(faults ? faults + USAGE : error.detail);
  }
});

function readArguments(): { username?: string; email?: string; password?: string; staff: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        username: { type: 'string' },
        email: { type: 'string' },
        password: { type: 'string' },
        staff: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${USAGE}`);
  }
}
