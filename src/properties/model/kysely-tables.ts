import type { InferKyselyDB } from '@mikro-orm/mysql';
import type { PropertyPriceSchema } from './property-price.entity.js';
import type { PropertyAuditSchema } from './property-audit.entity.js';
import type { PropertyChangeSchema } from './property-change.entity.js';
import type { PropertySchema } from './property.entity.js';
import type * as search from './search.entity.js';
import type { StatusHistorySchema } from './status-history.entity.js';
import type { StatusSchema } from './status.entity.js';

/** All schemas that search.entity.ts exports. */
type SearchSchema = (typeof search)[Extract<keyof typeof search, `${string}Schema`>];
type Inferred = InferKyselyDB<
  | typeof PropertySchema
  | typeof PropertyAuditSchema
  | typeof PropertyPriceSchema
  | typeof PropertyChangeSchema
  | typeof StatusHistorySchema
  | typeof StatusSchema
  | SearchSchema
>;
// InferKyselyDB omits a primary key that is a one-to-one relation.
interface PropertyIdColumn {
  property_id: number;
}

/** The tables of this feature, for `em.getKysely<Tables>()`. Dates are naive text. */
export type Tables = Omit<Inferred, 'property_search' | 'property_words' | 'property_price'> & {
  property_search: Inferred['property_search'] & PropertyIdColumn;
  property_words: Inferred['property_words'] & PropertyIdColumn;
  property_price: Inferred['property_price'] & PropertyIdColumn;
};
