import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { PropertiesModule } from '../properties/properties.module.js';
import { CityRankingService } from './read/city-ranking.service.js';
import { PropertyRankingService } from './read/property-ranking.service.js';
import { RankingWorker } from './worker/ranking-worker.js';
import { RankingController } from './read/ranking.controller.js';
import { RankingCsv } from './read/ranking-csv.js';
import { RankingSnapshots } from './read/ranking-snapshot.js';
import { RankedProperty } from './model/ranking.entity.js';
import { RankingRebuild } from './worker/ranking-rebuild.js';
import { RankingService } from './read/ranking.service.js';

@Module({
  imports: [MikroOrmModule.forFeature([RankedProperty]), PropertiesModule],
  controllers: [RankingController],
  providers: [
    RankingService,
    PropertyRankingService,
    CityRankingService,
    RankingCsv,
    RankingSnapshots,
    RankingWorker,
    RankingRebuild,
  ],
  exports: [RankingWorker, RankingRebuild],
})
export class RankingModule {}
