import { Global, Module } from '@nestjs/common';
import { Admission } from './admission.js';
import { Drain } from './drain.js';

@Global()
@Module({ providers: [Admission, Drain], exports: [Admission, Drain] })
export class HttpModule {}
