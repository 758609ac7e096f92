import { Module } from '@nestjs/common';
import { PropertiesModule } from '../properties/properties.module.js';
import { CityRankingRepository } from './read/city-ranking.repository.js';
import { CityRankingService } from './read/city-ranking.service.js';
import { PropertyRankingService } from './read/property-ranking.service.js';
import { RankingWorker } from './worker/ranking-worker.js';
import { RankingController } from './read/ranking.controller.js';
import { RankingCounts } from './read/ranking-counts.js';
import { RankingCsv } from './read/ranking-csv.js';
import { RankingSnapshots } from './read/ranking-snapshot.js';
import { RankingDayRepository } from './read/ranking-day.repository.js';
import { RankingRepository } from './read/ranking.repository.js';
import { ChangeFeed } from './worker/change-feed.js';
import { LikesComparison } from './worker/likes-comparison.js';
import { LikesReader } from './worker/likes-reader.js';
import { StepPlanner } from './worker/plan-step.js';
import { RankingCheckpoints } from './worker/ranking-checkpoint.js';
import { RankingUpdater } from './worker/ranking-updater.js';
import { RankingWriter } from './worker/ranking-writer.js';
import { RankingRebuild } from './worker/ranking-rebuild.js';
import { RankingService } from './read/ranking.service.js';
import { TrustController } from './trust/trust.controller.js';
import { TrustRepository } from './trust/trust.repository.js';
import { TrustService } from './trust/trust.service.js';
import { TrustEvidence } from './worker/trust-evidence.js';
import { TrustJudge } from './worker/trust-judge.js';
import { TrustMarks } from './worker/trust-marks.js';
import { TrustUpdater } from './worker/trust-updater.js';

@Module({
  imports: [PropertiesModule],
  controllers: [RankingController, TrustController],
  providers: [
    RankingService,
    PropertyRankingService,
    CityRankingRepository,
    CityRankingService,
    RankingCounts,
    RankingCsv,
    RankingSnapshots,
    RankingRepository,
    RankingDayRepository,
    RankingWorker,
    RankingUpdater,
    RankingRebuild,
    StepPlanner,
    ChangeFeed,
    LikesReader,
    LikesComparison,
    RankingCheckpoints,
    RankingWriter,
    TrustService,
    TrustRepository,
    TrustEvidence,
    TrustJudge,
    TrustMarks,
    TrustUpdater,
  ],
  exports: [RankingWorker, RankingRebuild],
})
export class RankingModule {}
