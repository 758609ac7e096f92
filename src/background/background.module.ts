import { Global, Module } from '@nestjs/common';
import { FailingSteps } from './failing-steps.js';

@Global()
@Module({ providers: [FailingSteps], exports: [FailingSteps] })
export class BackgroundModule {}
