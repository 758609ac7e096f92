import { type DynamicModule, Module } from '@nestjs/common';
import { BackgroundModule } from './background/background.module.js';
import { AccountsModule } from './accounts/accounts.module.js';
import { LegacySyncModule } from './legacy-sync/legacy-sync.module.js';
import { CacheModule } from './cache/cache.module.js';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DemoModule } from './demo/demo.module.js';
import { LikesModule } from './likes/likes.module.js';
import { MetricsModule } from './metrics/metrics-registry.js';
import { OpsModule } from './ops/ops.module.js';
import { PropertiesModule } from './properties/properties.module.js';
import { RankingModule } from './ranking/ranking.module.js';

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
        MetricsModule,
        BackgroundModule,
        AccountsModule,
        PropertiesModule,
        LikesModule,
        RankingModule,
        LegacySyncModule,
        DemoModule,
        OpsModule.with(config),
      ],
    };
  }
}
