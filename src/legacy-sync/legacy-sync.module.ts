import { Module } from '@nestjs/common';
import { CatchUpConsumer } from './legacy-sync-worker.js';

@Module({ providers: [CatchUpConsumer] })
export class CatchUpModule {}
