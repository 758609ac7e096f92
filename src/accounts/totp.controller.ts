import { Body, Controller, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Operation } from '../http/operation.js';
import { SignedIn, SignedInCaller } from './access.decorators.js';
import { AccountsService } from './accounts.service.js';
import type { Caller } from './caller-cache.js';
import { EndTotpDto, RecoveryCodesDto, StartTotpDto, TotpCodeDto, TotpSecretDto } from './dto/totp.dto.js';
import { SecurityLog } from '../security/security-log.js';
import { signInClient } from './sign-in-client.js';
import { TotpService } from './totp.service.js';

@ApiTags('Accounts')
@Controller('v1/me/totp')
export class TotpController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly totp: TotpService,
    private readonly security: SecurityLog,
  ) {}

  @Post()
  @SignedIn()
  @Operation({
    summary: 'Begin to use a second factor',
    description: 'Creates a secret for an authenticator app (TOTP, RFC 6238). It is active after `confirm`.',
    ok: { status: 201, type: TotpSecretDto, description: 'The secret.' },
    problems: ['sign-in-refused', 'totp-active', 'sign-in-busy'],
  })
  async startTotp(
    @Body() { password }: StartTotpDto,
    @SignedInCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TotpSecretDto> {
    const user = await this.accounts.confirmPassword(caller, password, signInClient(request, reply));
    return this.totp.start(user);
  }

  @Post('confirm')
  @SignedIn()
  @Operation({
    summary: 'Activate the second factor',
    description: 'From now on a sign-in needs a `code`.',
    ok: { status: 200, type: RecoveryCodesDto, description: 'Recovery codes. They are shown once.' },
    problems: ['totp-code-refused', 'totp-active'],
  })
  async confirmTotp(
    @Body() { code }: TotpCodeDto,
    @SignedInCaller() caller: Caller,
  ): Promise<RecoveryCodesDto> {
    const recoveryCodes = await this.totp.confirm(caller.id, code);
    this.security.record('account-change', { userId: caller.id });
    return { recoveryCodes };
  }

  @Post('remove')
  @SignedIn()
  @Operation({
    summary: 'Remove the second factor',
    description: 'It needs what a sign-in needs: the password and a code.',
    ok: { status: 204, description: 'Removed. The answer is the same without a second factor.' },
    problems: ['sign-in-refused', 'totp-code-required', 'totp-code-refused', 'sign-in-busy'],
  })
  async removeTotp(
    @Body() { password, code }: EndTotpDto,
    @SignedInCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.accounts.confirmPassword(caller, password, signInClient(request, reply), code ?? null);
    await this.totp.remove(caller.id);
    this.security.record('account-change', { userId: caller.id });
  }
}
