import { ListingsService } from '../properties/listings.service.js';
import { runCommand } from './run-command.js';

await runCommand(async (app) => {
  const { properties, statuses, search } = await app.get(ListingsService).rebuild();
  console.log(
    `Recomputed ${properties} properties; corrected ${statuses} current statuses and ${search} entries of the search.`,
  );
});
