import type { InferKyselyDB } from '@mikro-orm/mysql';
import type {
  RankedHomeSchema,
  RankedPastSchema,
  RankedWeekAgoSchema,
  RankingDaySchema,
  RankingStateSchema,
} from './ranking.entity.js';

type Inferred = InferKyselyDB<
  | typeof RankedHomeSchema
  | typeof RankedPastSchema
  | typeof RankedWeekAgoSchema
  | typeof RankingDaySchema
  | typeof RankingStateSchema
>;
// A key that is a one-to-one relation is left out of what is inferred.
interface OfProperty {
  property_id: number;
}

/** The tables of this module for `em.getKysely<Tables>()`: plain rows, as the driver gives them. */
export type Tables = Omit<Inferred, 'ranking' | 'ranking_week_ago'> & {
  ranking: Inferred['ranking'] & OfProperty;
  ranking_week_ago: Inferred['ranking_week_ago'] & OfProperty;
};
