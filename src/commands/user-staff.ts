import { runOnUser } from './run-on-user.js';
import { readArguments } from './usage.js';

const { username, remove } = readArguments('user:staff').values;

await runOnUser('user:staff', username, async (user, admin) => {
  await admin.setStaff(user, !remove);
  return `${user.username} is ${remove ? 'no longer ' : ''}staff.`;
});
