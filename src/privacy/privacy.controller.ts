import { Body, Controller, Delete, Get, type StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { SignedIn, SignedInCaller } from '../accounts/access.decorators.js';
import type { Caller } from '../accounts/caller-cache.js';
import { PasswordService } from '../accounts/password.service.js';
import { Operation } from '../http/operation.js';
import { AccountExport } from './account-export.js';
import { AccountExportDto, EraseAccountDto } from './dto/privacy.dto.js';
import { ErasureService } from './erasure.service.js';

/** Routes that stream JSON. They have no ETag. */
export const STREAMED_ROUTES: readonly string[] = ['/v1/me/export'];

@ApiTags('Accounts')
@SignedIn()
@Controller('v1/me')
export class PrivacyController {
  constructor(
    private readonly passwords: PasswordService,
    private readonly erasures: ErasureService,
    private readonly exports: AccountExport,
  ) {}

  @Get('export')
  @Operation({
    summary: 'Export everything that the service holds about me',
    description: 'A download of one JSON object.',
    ok: {
      status: 200,
      type: AccountExportDto,
      description: 'The account, its likes, sign-ins and changes.',
      headers: ['Content-Disposition'],
    },
    problems: ['downloads-busy'],
  })
  exportMe(@SignedInCaller() caller: Caller): Promise<StreamableFile> {
    return this.exports.write(caller);
  }

  @Delete()
  @Operation({
    summary: 'Erase my account',
    description:
      'It cannot be undone. The likes end, and the log of likes and unlikes keeps no link to the user.',
    ok: { status: 204, description: 'The account is erased. The likes end within a minute.' },
    problems: ['sign-in-busy'],
  })
  async eraseMe(
    @Body() { currentPassword }: EraseAccountDto,
    @SignedInCaller() caller: Caller,
  ): Promise<void> {
    await this.passwords.require(caller.id, currentPassword, { orNone: true });
    await this.erasures.erase(caller.id);
  }
}
