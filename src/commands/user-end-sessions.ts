import { runOnUser } from './run-on-user.js';
import { readArguments } from './usage.js';

const { username } = readArguments('user:end-sessions').values;

await runOnUser('user:end-sessions', username, async (user, admin) => {
  await admin.endSessions(user);
  return `All sign-ins of ${user.username} have ended. Access ends within 30 seconds.`;
});
