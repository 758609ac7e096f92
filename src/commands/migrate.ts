import { MikroORM } from '@mikro-orm/mysql';
import { Config } from '../config/config.js';
import { migrate } from '../database/migrate.js';
import { grantServiceRights } from '../database/service-rights.js';
import { ListingsService } from '../properties/write/listings.service.js';
import { runCommand } from './run-command.js';
import { readArguments } from './usage.js';

readArguments('migrate');

await runCommand(async (app) => {
  const orm: MikroORM = app.get(MikroORM);
  const { serviceUser, servicePassword } = app.get(Config).database;
  const migrations = await migrate(orm);
  if (serviceUser !== null) await grantServiceRights(orm, serviceUser, servicePassword);
  const indexed = await app.get(ListingsService).fill();
  if (migrations.length > 0) console.log(`Migrated: ${migrations.join(', ')}.`);
  if (indexed > 0) console.log(`Filled the search tables with ${indexed} properties.`);
  if (migrations.length + indexed === 0) console.log('The database is up to date.');
});
