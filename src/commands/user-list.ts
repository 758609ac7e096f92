import { AccountAdmin } from '../accounts/account-admin.js';
import { runCommand } from './run-command.js';
import { readArguments } from './usage.js';

const MAX_USERS = 100;

const { prefix, staff: isStaff, inactive: isInactive } = readArguments('user:list').values;

await runCommand(async (app) => {
  const users = await app.get(AccountAdmin).list({ prefix, isStaff, isInactive }, MAX_USERS + 1);
  for (const user of users.slice(0, MAX_USERS)) {
    const columns = [
      user.id,
      user.username,
      user.is_staff ? 'staff' : 'user',
      user.is_active ? 'active' : 'inactive',
      user.last_login?.slice(0, 19) ?? 'never',
    ];
    console.log(columns.join('\t'));
  }
  if (users.length > MAX_USERS) console.log(`There are more than ${MAX_USERS}: narrow them with --prefix.`);
});
