import { Body, Controller, Get, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Operation } from '../http/operation.js';
import { Public, SignedIn, SignedInCaller } from './access.decorators.js';
import { AccountsService } from './accounts.service.js';
import { AccountDto, LoginDto, RefreshDto, RegisterDto, TokensDto } from './dto/accounts.dto.js';
import type { Caller } from './caller-cache.js';
import { SessionsService } from './sessions.service.js';
import { goneAway, signInClient } from './sign-in-client.js';

@ApiTags('Accounts')
@Controller('v1')
export class AccountsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
  ) {}

  @Post('auth/register')
  @Public()
  @Operation({
    summary: 'Create an account',
    description: 'Usernames and emails are unique. Case is ignored.',
    ok: { status: 201, type: AccountDto, description: 'The new account. It can sign in immediately.' },
    problems: ['username-taken', 'email-taken', 'sign-in-busy'],
  })
  register(
    @Body() account: RegisterDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccountDto> {
    return this.accounts.register(account, { signal: goneAway(reply) });
  }

  @Post('auth/login')
  @Public()
  @Operation({
    summary: 'Sign in',
    description: 'Send `accessToken` in the header `Authorization: Bearer …`.',
    ok: { status: 200, type: TokensDto, description: 'The tokens.' },
    problems: ['sign-in-refused', 'totp-code-required', 'totp-code-refused', 'sign-in-busy'],
  })
  login(
    @Body() login: LoginDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokensDto> {
    return this.accounts.login(login, signInClient(request, reply));
  }

  @Post('auth/refresh')
  @Public()
  @Operation({
    summary: 'Get new tokens for a refresh token',
    description:
      'A refresh token can be used once; the answer contains the next one. A second use ends the sign-in, which is over after 30 days in any case.',
    ok: { status: 200, type: TokensDto, description: 'The tokens.' },
    problems: ['refresh-token-refused'],
  })
  async refresh(@Body() { refreshToken }: RefreshDto): Promise<TokensDto> {
    return TokensDto.from(await this.sessions.refresh(refreshToken));
  }

  @Post('auth/logout')
  @Public()
  @Operation({
    summary: 'Sign out',
    description: 'Ends the sign-in. Its access tokens are refused within 30 seconds.',
    ok: { status: 204, description: 'Signed out. The answer is the same for an invalid token.' },
  })
  logout(@Body() { refreshToken }: RefreshDto): Promise<void> {
    return this.sessions.end(refreshToken);
  }

  @Get('me')
  @SignedIn()
  @Operation({
    summary: 'Get my account',
    description: 'The account of the access token.',
    ok: { status: 200, type: AccountDto, description: 'The account.' },
  })
  getMe(@SignedInCaller() caller: Caller): Promise<AccountDto> {
    return this.accounts.getAccount(caller);
  }
}
