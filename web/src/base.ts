import { RANKING_VIEWS } from '../../src/ranking-views.ts';

// The compiled files are in ranking/assets/, the sources in ranking/src/. In both cases, also below the prefix of a proxy,
// the service is two folders up.
const here = import.meta.url;

/** The address of the service, without a slash at its end. */
export const SERVICE = new URL('../..', here).href.slice(0, -1);

/** The prefix that a proxy strips; empty without one. */
export const PREFIX = new URL(SERVICE).pathname.replace(/\/$/, '');

/** The path of each view. */
export const VIEWS = {
  ranking: `${PREFIX}${RANKING_VIEWS.ranking}`,
  cities: `${PREFIX}${RANKING_VIEWS.cities}`,
  map: `${PREFIX}${RANKING_VIEWS.map}`,
  market: `${PREFIX}${RANKING_VIEWS.market}`,
  property: `${PREFIX}${RANKING_VIEWS.property}`,
} as const;

export const propertyPath = (id: number): string => VIEWS.property.replace(':id', String(id));
