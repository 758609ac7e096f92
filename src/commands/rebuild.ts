import { Config } from '../config/config.js';
import { ListingsService } from '../properties/write/listings.service.js';
import { RankingRebuild } from '../ranking/worker/ranking-rebuild.js';
import { runCommand } from './run-command.js';
import { readArguments } from './usage.js';

readArguments('rebuild');

await runCommand(async (app) => {
  const { host, port, name } = app.get(Config).database;
  console.log(`Rebuilding the derived data of ${name} at ${host}:${port}.`);
  const { properties, statuses, search } = await app.get(ListingsService).rebuild();
  const { corrected } = await app.get(RankingRebuild).rebuild();
  console.log(
    `Recomputed ${properties} properties; corrected ${statuses} current statuses, ${search} rows of the search tables and ${corrected} rows of the ranking.`,
  );
});
