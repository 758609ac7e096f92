import { MikroORM } from '@mikro-orm/mysql';
import { migrate } from '../database/migrate.js';
import { ListingsService } from '../properties/write/listings.service.js';
import { runCommand } from './run-command.js';

await runCommand(async (app) => {
  const done = await migrate(app.get(MikroORM));
  const filled = await app.get(ListingsService).fill();
  if (done.length > 0) console.log(`Migrated: ${done.join(', ')}.`);
  if (filled > 0) console.log(`Made ${filled} properties searchable.`);
  if (done.length + filled === 0) console.log('The database is up to date.');
});
