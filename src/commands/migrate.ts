import { MikroORM } from '@mikro-orm/mysql';
import { migrate } from '../database/migrate.js';
import { runCommand } from './run-command.js';

await runCommand(async (app) => {
  const done = await migrate(app.get(MikroORM));
  console.log(done.length > 0 ? `Migrated: ${done.join(', ')}.` : 'The database is up to date.');
});
