import { Module } from '@nestjs/common';
import { CatchUpConsumer } from './catch-up-consumer.js';

@Module({ providers: [CatchUpConsumer] })
export class CatchUpModule {}
