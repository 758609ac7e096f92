import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { PropertiesModule } from '../properties/properties.module.js';
import { LikeErasure } from './like-erasure.js';
import { LikeErasureRepository } from './like-erasure.repository.js';
import { LikeEventRepository } from './like-event.repository.js';
import { LikeEventSync } from './like-event-sync.js';
import { LikeLimits } from './like-limits.js';
import { LikeWriter } from './like-writer.js';
import { LikeExport } from './like-export.js';
import { LikeChangesRepository } from './like-changes.repository.js';
import { LikeChangesService } from './like-changes.service.js';
import { LikeRepository } from './like.repository.js';
import { LikesController } from './likes.controller.js';
import { LikesService } from './likes.service.js';
import { MyLikesController } from './my-likes.controller.js';

@Module({
  imports: [AccountsModule, PropertiesModule],
  providers: [
    LikesService,
    LikeChangesService,
    LikeRepository,
    LikeChangesRepository,
    LikeLimits,
    LikeWriter,
    LikeEventRepository,
    LikeEventSync,
    LikeErasure,
    LikeErasureRepository,
    LikeExport,
  ],
  exports: [LikesService, LikeChangesService, LikeEventSync, LikeErasure, LikeExport],
})
export class LikesModule {}

@Module({ imports: [LikesModule], controllers: [LikesController, MyLikesController] })
export class LikesRoutes {}
