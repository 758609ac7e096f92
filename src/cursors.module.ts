import { Global, Module } from '@nestjs/common';
import { Config } from './config/config.js';
import { secretsOf } from './config/secrets.js';
import { Cursors } from './http/cursors.js';

/** Makes `Cursors` injectable in all modules. */
@Global()
@Module({
  providers: [
    { provide: Cursors, inject: [Config], useFactory: (config: Config) => new Cursors(secretsOf(config)) },
  ],
  exports: [Cursors],
})
export class CursorsModule {}
