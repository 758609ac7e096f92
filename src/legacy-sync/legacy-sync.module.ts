import { Module } from '@nestjs/common';
import { LikesModule } from '../likes/likes.module.js';
import { PropertiesModule } from '../properties/properties.module.js';
import { LegacySync } from './legacy-sync.js';
import { LegacySyncReader } from './legacy-sync-reader.js';
import { LegacySyncWorker } from './legacy-sync-worker.js';

@Module({
  imports: [LikesModule, PropertiesModule],
  providers: [LegacySyncWorker, LegacySync, LegacySyncReader],
})
export class LegacySyncModule {}
