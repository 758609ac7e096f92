import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { BackgroundModule } from './background/background.module.js';
import { AccountsModule, AccountsRoutes } from './accounts/accounts.module.js';
import { SignInPurge } from './accounts/sign-in-purge.js';
import { LegacySyncModule } from './legacy-sync/legacy-sync.module.js';
import { LegacySyncWorker } from './legacy-sync/legacy-sync-worker.js';
import { CacheModule } from './cache/cache.module.js';
import { CursorsModule } from './cursors.module.js';
import type { Config, Service } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DemoModule } from './demo/demo.module.js';
import { LikeCountsModule } from './likes/like-counts.js';
import { HttpModule } from './http/http.module.js';
import { LikesRoutes } from './likes/likes.module.js';
import { MetricsModule } from './metrics/metrics-registry.js';
import { OpsModule } from './ops/ops.module.js';
import { PrivacyModule } from './privacy/privacy.module.js';
import { AccountWorker } from './privacy/account-worker.js';
import { ChangePurge } from './properties/changes/change-purge.js';
import { PropertiesRoutes } from './properties/properties.module.js';
import { RankingModule } from './ranking/ranking.module.js';
import { SecurityModule } from './security/security.module.js';
import { RankingWorker } from './ranking/worker/ranking-worker.js';

/** The modules of each service (docs/adr/0017-services.md). */
const MODULES: Record<Service, Type[]> = {
  // The document of a demo database has the demo accounts as examples of a sign-in.
  accounts: [AccountsRoutes, PrivacyModule, DemoModule],
  properties: [PropertiesRoutes, LegacySyncModule],
  likes: [LikesRoutes],
  ranking: [RankingModule],
};

const WORKERS: Partial<
  Record<Service, Type<AccountWorker | ChangePurge | LegacySyncWorker | RankingWorker | SignInPurge>[]>
> = {
  accounts: [AccountWorker, SignInPurge],
  properties: [LegacySyncWorker, ChangePurge],
  ranking: [RankingWorker],
};

/** The background workers of these services. */
export const workersOf = (services: readonly Service[]) =>
  services.flatMap((service) => WORKERS[service] ?? []);

/** Which modules run in this process. */
@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(config),
        DatabaseModule,
        CacheModule,
        CursorsModule,
        MetricsModule,
        SecurityModule,
        BackgroundModule,
        LikeCountsModule,
        HttpModule,
        // The guard of all routes.
        AccountsModule,
        ...config.services.flatMap((service) => MODULES[service]),
        OpsModule.with(config),
      ],
    };
  }
}
