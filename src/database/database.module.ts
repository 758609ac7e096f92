import { MySqlDriver } from '@mikro-orm/mysql';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Global, Module } from '@nestjs/common';
import { Config } from '../config/config.js';
import { mikroOrmOptions } from './mikro-orm.config.js';
import { Replicas } from './replicas.js';
import { ServerZoneCheck } from './server-zone-check.js';

@Global()
@Module({
  imports: [
    MikroOrmModule.forRootAsync({
      driver: MySqlDriver,
      inject: [Config],
      useFactory: (config: Config) => ({
        ...mikroOrmOptions(config),
        // No request needs an identity map: reads return plain rows, and writes fork their own EntityManager.
        registerRequestContext: false,
        allowGlobalContext: false,
      }),
    }),
  ],
  providers: [ServerZoneCheck, Replicas],
  exports: [Replicas],
})
export class DatabaseModule {}
