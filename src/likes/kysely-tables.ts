import type { InferKyselyDB } from '@mikro-orm/mysql';
import type { LikeEventSchema } from './like-event.entity.js';
import type { PropertyLikeSchema } from './property-like.entity.js';

/** The tables of this module for `em.getKysely<Tables>()`: plain rows, as the driver gives them. */
export type Tables = InferKyselyDB<typeof PropertyLikeSchema | typeof LikeEventSchema>;
