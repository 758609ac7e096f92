import { AccountAdmin } from '../accounts/account-admin.js';
import { ErasureService } from '../privacy/erasure.service.js';
import { runCommand, UsageError } from './run-command.js';
import { readArguments, usageOf } from './usage.js';

const { username, id: givenId } = readArguments('user:erase').values;

await runCommand(async (app) => {
  const user = username === undefined ? undefined : await app.get(AccountAdmin).find(username);
  if ((username === undefined) === (givenId === undefined)) throw new UsageError(usageOf('user:erase'));
  const id = user?.id ?? Number(givenId);
  if (username !== undefined && !user) throw new UsageError(`There is no user ${JSON.stringify(username)}.`);
  if (!Number.isSafeInteger(id) || id < 1) throw new UsageError('--id must be the id of a user.');
  const erasures = app.get(ErasureService);
  if (!(await erasures.erase(id))) await erasures.eraseDeleted(id);
  console.log(`User ${id} is erased. The service ends the likes in the background.`);
});
