import { runOnUser } from './run-on-user.js';
import { readArguments } from './usage.js';

const { username } = readArguments('user:activate').values;

await runOnUser('user:activate', username, async (user, admin) => {
  await admin.setActive(user, true);
  return `${user.username} can sign in.`;
});
