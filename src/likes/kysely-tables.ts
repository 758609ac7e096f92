import type { InferKyselyDB } from '@mikro-orm/mysql';
import type { LikeEventSchema } from './like-event.entity.js';
import type { PropertyLikeSchema } from './property-like.entity.js';

/** Row types of this module's tables for `em.getKysely<Tables>()`, with the values of the driver. */
export type Tables = InferKyselyDB<typeof PropertyLikeSchema | typeof LikeEventSchema>;
