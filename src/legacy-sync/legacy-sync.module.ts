import { Module } from '@nestjs/common';
import { LegacySyncWorker } from './legacy-sync-worker.js';

@Module({ providers: [LegacySyncWorker] })
export class LegacySyncModule {}
