import { ListingsService } from '../properties/write/listings.service.js';
import { RankingRebuild } from '../ranking/worker/ranking-rebuild.js';
import { runCommand } from './run-command.js';

await runCommand(async (app) => {
  const { properties, statuses, search } = await app.get(ListingsService).rebuild();
  const { corrected } = await app.get(RankingRebuild).rebuild();
  console.log(
    `Recomputed ${properties} properties; corrected ${statuses} current statuses, ${search} rows of the search tables and ${corrected} rows of the ranking.`,
  );
});
