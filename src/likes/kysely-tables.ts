import type { InferKyselyDB } from '@mikro-orm/mysql';
import type { LikeEventSchema } from './like-event.entity.js';
import type { PropertyLikeSchema } from './property-like.entity.js';

/** Row types of this module's tables for `em.getKysely<Tables>()`. Dates are naive text. */
export type Tables = InferKyselyDB<typeof PropertyLikeSchema | typeof LikeEventSchema>;
