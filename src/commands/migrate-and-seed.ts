import { MikroORM } from '@mikro-orm/mysql';
import { Config } from '../config/config.js';
import { migrate } from '../database/migrate.js';
import { grantServiceRights } from '../database/service-rights.js';
import { DemoLoader } from '../demo/demo-loader.js';
import { ListingsService } from '../properties/write/listings.service.js';
import { runCommand } from './run-command.js';

/** Runs migrations and, with DEMO_DATA=true, loads demo data into an empty database. `npm start` and compose run it before the service. */
await runCommand(async (app) => {
  const orm: MikroORM = app.get(MikroORM);
  const { serviceUser, servicePassword } = app.get(Config).database;
  const migrations = await migrate(orm);
  if (serviceUser !== null) await grantServiceRights(orm, serviceUser, servicePassword);
  if (migrations.length > 0) console.log(`Migrated: ${migrations.join(', ')}.`);
  const indexed = await app.get(ListingsService).fill();
  if (indexed > 0) console.log(`Filled the search tables with ${indexed} properties.`);
  if (!app.get(Config).demoData) return;
  const demo = app.get(DemoLoader);
  for (const sentence of await demo.load(new Date())) console.log(sentence);
  for (const { username, password, isStaff } of await demo.findAccounts())
    console.log(`Demo ${isStaff ? 'staff' : 'user '}  ${username} with the password ${password}`);
});
