import { MikroORM } from '@mikro-orm/mysql';
import { AccountsService } from '../accounts/accounts.service.js';
import { migrate } from '../database/migrate.js';
import { loadDemo } from '../demo/load-demo.js';
import { DEMO_ACCOUNTS } from '../demo/demo-people.js';
import { LikesService } from '../likes/likes.service.js';
import { ListingsService } from '../properties/listings.service.js';
import { PropertiesService } from '../properties/properties.service.js';
import { runCommand } from './run-command.js';

/** What `npm start` and compose run before they serve: migrations, and demo data into an empty database. */
await runCommand(async (app) => {
  const done = await migrate(app.get(MikroORM));
  if (done.length > 0) console.log(`Migrated: ${done.join(', ')}.`);
  const listings = app.get(ListingsService);
  const filled = await listings.fill();
  if (filled > 0) console.log(`Made ${filled} properties searchable.`);
  const into = {
    accounts: app.get(AccountsService),
    listings,
    properties: app.get(PropertiesService),
    likes: app.get(LikesService),
  };
  for (const sentence of await loadDemo(into, new Date())) console.log(sentence);
  for (const { username, email, password, isStaff } of DEMO_ACCOUNTS)
    if (await into.accounts.has({ username, email }))
      console.log(`Demo ${isStaff ? 'staff' : 'user '}  ${username} with the password ${password}`);
});
