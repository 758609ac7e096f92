import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { LikesModule } from '../likes/likes.module.js';
import { AccountExport } from './account-export.js';
import { AccountWorker } from './account-worker.js';
import { ErasureService } from './erasure.service.js';
import { ExportRepository } from './export.repository.js';
import { PrivacyController } from './privacy.controller.js';

@Module({
  imports: [AccountsModule, LikesModule],
  controllers: [PrivacyController],
  providers: [AccountExport, AccountWorker, ErasureService, ExportRepository],
  exports: [AccountWorker, ErasureService],
})
export class PrivacyModule {}
