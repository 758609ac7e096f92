import type { InferKyselyDB } from '@mikro-orm/mysql';
import type {
  RankedPastSchema,
  RankedPropertySchema,
  RankedWeekAgoSchema,
  RankingCheckpointSchema,
  RankingDaySchema,
} from './ranking.entity.js';
import type { AccountTrustSchema, TrustChangeSchema, UntrustedLikeSchema } from './trust.entity.js';

type Inferred = InferKyselyDB<
  | typeof RankedPropertySchema
  | typeof RankedPastSchema
  | typeof RankedWeekAgoSchema
  | typeof RankingDaySchema
  | typeof RankingCheckpointSchema
  | typeof AccountTrustSchema
  | typeof UntrustedLikeSchema
  | typeof TrustChangeSchema
>;
// InferKyselyDB omits a primary key that is a one-to-one relation.
interface PropertyKey {
  property_id: number;
}

/** The tables of this module for `em.getKysely<Tables>()`. Dates are naive text. */
export type Tables = Omit<Inferred, 'ranking' | 'ranking_week_ago'> & {
  ranking: Inferred['ranking'] & PropertyKey;
  ranking_week_ago: Inferred['ranking_week_ago'] & PropertyKey;
};
