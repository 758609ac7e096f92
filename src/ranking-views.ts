/** The path of each view of the ranking page. The server and the page (`web/src/base.ts`) both use this list. */
export const RANKING_VIEWS = {
  ranking: '/ranking',
  cities: '/ranking/cities',
  map: '/ranking/map',
  market: '/ranking/market',
  property: '/ranking/homes/:id',
} as const;
