import { LegacySchema } from './20261122000000-legacy-schema.js';
import { ListingColumns } from './20261122000100-listing-columns.js';
import { SearchTables } from './20261122000200-search-tables.js';
import { Accounts } from './20261122000300-accounts.js';
import { Likes } from './20261122000400-likes.js';
import { RankingTables } from './20261127000000-ranking.js';
import { CatchUpTables } from './20261127000100-catch-up.js';
import { LikesBesideOthers } from './20261128000000-likes-beside-others.js';
import { SearchRules } from './20261129000000-search-rules.js';
import { ParkingSpots } from './20261129000100-parking-spots.js';
import { SweepOfLikes } from './20261129000200-sweep-of-likes.js';
import { LikeProcedures } from './20261129000300-like-procedures.js';
import { WindowsOfTwoDays } from './20261129000400-windows-of-two-days.js';
import { ReplicaHeartbeatTable } from './20261129000500-replica-heartbeat.js';
import { LikeDeadlines } from './20261129000510-like-deadlines.js';
import { SignIns } from './20261129000520-sign-ins.js';
import { AccountLife } from './20261129000530-account-life.js';
import { SignIn } from './20261129000540-sign-in.js';
import { LikeTrust } from './20261129000560-like-trust.js';
import { Photos } from './20261129000580-photos.js';
import { Prices } from './20261129000600-prices.js';
import { Market } from './20261129000640-market.js';

/** In execution order. A list in code, so that the compiled app and the tests run the same migrations. */
export const migrations = [
  { name: '20261122000000-legacy-schema', class: LegacySchema },
  { name: '20261122000100-listing-columns', class: ListingColumns },
  { name: '20261122000200-search-tables', class: SearchTables },
  { name: '20261122000300-accounts', class: Accounts },
  { name: '20261122000400-likes', class: Likes },
  { name: '20261127000000-ranking', class: RankingTables },
  { name: '20261127000100-catch-up', class: CatchUpTables },
  { name: '20261128000000-likes-beside-others', class: LikesBesideOthers },
  { name: '20261129000000-search-rules', class: SearchRules },
  { name: '20261129000100-parking-spots', class: ParkingSpots },
  { name: '20261129000200-sweep-of-likes', class: SweepOfLikes },
  { name: '20261129000300-like-procedures', class: LikeProcedures },
  { name: '20261129000400-windows-of-two-days', class: WindowsOfTwoDays },
  { name: '20261129000500-replica-heartbeat', class: ReplicaHeartbeatTable },
  { name: '20261129000510-like-deadlines', class: LikeDeadlines },
  { name: '20261129000520-sign-ins', class: SignIns },
  { name: '20261129000530-account-life', class: AccountLife },
  { name: '20261129000540-sign-in', class: SignIn },
  { name: '20261129000560-like-trust', class: LikeTrust },
  { name: '20261129000580-photos', class: Photos },
  { name: '20261129000600-prices', class: Prices },
  { name: '20261129000640-market', class: Market },
];
