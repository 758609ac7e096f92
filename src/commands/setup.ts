import { MikroORM } from '@mikro-orm/mysql';
import { migrate } from '../database/migrate.js';
import { loadDemo } from '../demo/load-demo.js';
import { ListingsService } from '../properties/listings.service.js';
import { runCommand } from './run-command.js';

/** What `npm start` and compose run before they serve: migrations, and demo data into an empty database. */
await runCommand(async (app) => {
  const done = await migrate(app.get(MikroORM));
  if (done.length > 0) console.log(`Migrated: ${done.join(', ')}.`);
  const listings = app.get(ListingsService);
  const filled = await listings.fill();
  if (filled > 0) console.log(`Made ${filled} properties searchable.`);
  if (!(await listings.isEmpty())) return;
  const count = await loadDemo(listings, new Date());
  console.log(`Loaded ${count} demo homes into the empty database.`);
});
