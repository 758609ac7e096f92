import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { PropertiesModule } from '../properties/properties.module.js';
import { LikeEvent } from './like-event.entity.js';
import { LikesController } from './likes.controller.js';
import { LikesService } from './likes.service.js';
import { MyLikesController } from './my-likes.controller.js';
import { PropertyLike } from './property-like.entity.js';

@Module({
  imports: [MikroOrmModule.forFeature([PropertyLike, LikeEvent]), AccountsModule, PropertiesModule],
  controllers: [LikesController, MyLikesController],
  providers: [LikesService],
  exports: [LikesService],
})
export class LikesModule {}
