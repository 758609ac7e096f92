import { parseArgs } from 'node:util';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { AccountsService } from '../accounts/accounts.service.js';
import { RegisterDto } from '../accounts/dto/accounts.dto.js';
import { ProblemError } from '../http/problem.js';
import { runCommand, UsageError } from './run-command.js';

const USAGE = 'Usage: npm run user:create -- --username U --email E --password P [--staff]';

await runCommand(async (app) => {
  const { staff, ...account } = readArguments();
  const registration = plainToInstance(RegisterDto, account);
  const faults = (await validate(registration)).map(
    ({ property, constraints = {} }) => `--${property} ${Object.values(constraints)[0]}`,
  );
  if (faults.length > 0) throw new UsageError(`${faults.join('\n')}\n${USAGE}`);
  try {
    const { id, username } = await app.get(AccountsService).register(registration, { isStaff: staff });
    console.log(`Created ${staff ? 'staff' : 'user'} ${username} with id ${id}.`);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const [fault] = error.options.errors ?? [];
    throw new UsageError(fault ? `--${fault.field} ${fault.message}` : error.detail);
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
