import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { PropertiesModule } from '../properties/properties.module.js';
import { DemoLoader } from './demo-loader.js';
import { DemoRepository } from './demo.repository.js';

@Module({ imports: [AccountsModule, PropertiesModule], providers: [DemoLoader, DemoRepository] })
export class DemoModule {}
