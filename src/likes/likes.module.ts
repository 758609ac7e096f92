import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { PropertiesModule } from '../properties/properties.module.js';
import { LikeEventRepository } from './like-event.repository.js';
import { LikeEventSync } from './like-event-sync.js';
import { LikeLimits } from './like-limits.js';
import { LikeWriter } from './like-writer.js';
import { LikeRepository } from './like.repository.js';
import { LikesController } from './likes.controller.js';
import { LikesService } from './likes.service.js';
import { MyLikesController } from './my-likes.controller.js';

@Module({
  imports: [AccountsModule, PropertiesModule],
  providers: [LikesService, LikeRepository, LikeLimits, LikeWriter, LikeEventRepository, LikeEventSync],
  exports: [LikesService, LikeEventSync],
})
export class LikesModule {}

@Module({ imports: [LikesModule], controllers: [LikesController, MyLikesController] })
export class LikesRoutes {}
