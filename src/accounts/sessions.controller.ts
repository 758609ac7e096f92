import { Body, Controller, Delete, Post, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Operation } from '../http/operation.js';
import { Public } from './access.decorators.js';
import { AccountsService } from './accounts.service.js';
import { DeviceCookies } from './device-cookie.js';
import { AccountDto, LoginDto } from './dto/accounts.dto.js';
import { basePathOf, clearSessionCookies, refreshCookie, setSessionCookies } from './session-cookies.js';
import { SessionsService } from './sessions.service.js';
import { setDeviceCookie, signInClient } from './sign-in-client.js';

/** Sign-in by cookies for the pages of this service. Their scripts never see a token. */
@ApiTags('Accounts')
@Controller('v1/auth/session')
export class SessionsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
    private readonly devices: DeviceCookies,
  ) {}

  @Post()
  @Public()
  @ApiHeader({
    name: 'X-Base-Path',
    required: false,
    description:
      'The prefix that a proxy in front of the service strips: the cookies are for paths below it.',
    schema: { type: 'string', maxLength: 200, examples: ['/listings'] },
  })
  @Operation({
    summary: 'Sign in with cookies',
    description:
      'For the pages of this service. Like `login`, with the tokens in cookies that scripts cannot read. They let staff read the ranking. Other users get no cookies.',
    ok: {
      status: 200,
      type: AccountDto,
      description: 'The account that signed in.',
      headers: ['Set-Cookie'],
    },
    problems: ['sign-in-refused', 'totp-code-required', 'totp-code-refused', 'sign-in-busy'],
  })
  async startSession(
    @Body() login: LoginDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccountDto> {
    const client = signInClient(request, reply);
    const { account, tokens } = await this.accounts.signInStaff(login, client);
    if (tokens) {
      const basePath = basePathOf(request);
      setSessionCookies(request, reply, tokens, basePath);
      setDeviceCookie(request, reply, this.devices.renew(client.deviceCookie, login.username), basePath);
    }
    return account;
  }

  @Post('refresh')
  @Public()
  @ApiSecurity('refreshCookie')
  @Operation({
    summary: 'Renew the cookies',
    description:
      'It works like `refresh`: a refresh token can be used once. A second use ends all refresh tokens of its sign-in.',
    ok: { status: 204, description: 'The cookies were renewed.', headers: ['Set-Cookie'] },
    problems: ['refresh-token-refused'],
  })
  async refreshSession(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { token, basePath } = refreshCookie(request);
    setSessionCookies(request, reply, await this.sessions.refresh(token), basePath);
  }

  @Delete()
  @Public()
  @ApiSecurity({})
  @ApiSecurity('refreshCookie')
  @Operation({
    summary: 'Sign out everywhere',
    description:
      'Ends all refresh tokens of this user, on all devices. Access tokens stay valid until they expire, at most 15 minutes.',
    ok: {
      status: 204,
      description: 'Signed out. The answer is the same without a session.',
      headers: ['Set-Cookie'],
    },
  })
  async endSessions(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { token, basePath } = refreshCookie(request);
    clearSessionCookies(request, reply, basePath);
    await this.sessions.end(token, { allOfUser: true });
  }
}
