import { runOnUser } from './run-on-user.js';
import { readArguments } from './usage.js';

const { username } = readArguments('user:deactivate').values;

await runOnUser('user:deactivate', username, async (user, admin) => {
  await admin.setActive(user, false);
  return `${user.username} can no longer sign in.`;
});
