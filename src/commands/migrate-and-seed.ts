import { MikroORM } from '@mikro-orm/mysql';
import type { INestApplicationContext } from '@nestjs/common';
import { AccountsService } from '../accounts/accounts.service.js';
import { Config } from '../config/config.js';
import { migrate } from '../database/migrate.js';
import { loadDemo } from '../demo/load-demo.js';
import { DEMO_ACCOUNTS } from '../demo/demo-users.js';
import { LikesService } from '../likes/likes.service.js';
import { ListingsService } from '../properties/write/listings.service.js';
import { PropertiesService } from '../properties/read/properties.service.js';
import { runCommand } from './run-command.js';

/** Runs migrations and, with DEMO_DATA=true, loads demo data into an empty database. `npm start` and compose run it before the service. */
await runCommand(async (app) => {
  const migrations = await migrate(app.get(MikroORM));
  if (migrations.length > 0) console.log(`Migrated: ${migrations.join(', ')}.`);
  const listings = app.get(ListingsService);
  const indexed = await listings.fill();
  if (indexed > 0) console.log(`Filled the search tables with ${indexed} properties.`);
  if (app.get(Config).demoData) await addDemoData(app, listings);
});

async function addDemoData(app: INestApplicationContext, listings: ListingsService): Promise<void> {
  const accounts = app.get(AccountsService);
  const properties = app.get(PropertiesService);
  const likes = app.get(LikesService);
  const reports = await loadDemo({ accounts, listings, properties, likes }, new Date());
  for (const sentence of reports) console.log(sentence);
  for (const { username, email, password, isStaff } of DEMO_ACCOUNTS)
    if (await accounts.has({ username, email }))
      console.log(`Demo ${isStaff ? 'staff' : 'user '}  ${username} with the password ${password}`);
}
