import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { PropertiesModule } from '../properties/properties.module.js';
import { CityRankingService } from './city-ranking.service.js';
import { PropertyRankingService } from './property-ranking.service.js';
import { RankingConsumer } from './ranking-consumer.js';
import { RankingController } from './ranking.controller.js';
import { RankingCsv } from './ranking-csv.js';
import { RankingMoment } from './ranking-moment.js';
import { RankedHome } from './ranking.entity.js';
import { RankingRebuild } from './ranking-rebuild.js';
import { RankingService } from './ranking.service.js';

@Module({
  imports: [MikroOrmModule.forFeature([RankedHome]), PropertiesModule],
  controllers: [RankingController],
  providers: [
    RankingService,
    PropertyRankingService,
    CityRankingService,
    RankingCsv,
    RankingMoment,
    RankingConsumer,
    RankingRebuild,
  ],
  exports: [RankingConsumer, RankingRebuild],
})
export class RankingModule {}
