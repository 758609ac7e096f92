import type { InferKyselyDB } from '@mikro-orm/mysql';
import type { PropertySchema } from './property.entity.js';
import type { StatusHistorySchema } from './status-history.entity.js';
import type { StatusSchema } from './status.entity.js';

/** The tables of this module for `em.getKysely<Tables>()`: plain rows, as the driver gives them. */
export type Tables = InferKyselyDB<typeof PropertySchema | typeof StatusHistorySchema | typeof StatusSchema>;
