import { Body, Controller, Delete, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiHeader, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Operation } from '../http/operation.js';
import { Public } from './access.decorators.js';
import { AccountsService } from './accounts.service.js';
import { DeviceCookies } from './device-cookie.js';
import { AccountDto, LoginDto } from './dto/accounts.dto.js';
import { SameOriginGuard } from './same-origin.guard.js';
import { basePathOf, SessionCookies } from './session-cookies.js';
import { SessionsService } from './sessions.service.js';
import { signInClient } from './sign-in-client.js';

/** Sign-in by cookies for the pages of this service. Their scripts never see a token. */
@ApiTags('Accounts')
@UseGuards(SameOriginGuard)
@Controller('v1/auth/session')
export class SessionsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
    private readonly cookies: SessionCookies,
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
    problems: [
      'sign-in-refused',
      'totp-code-required',
      'totp-code-refused',
      'sign-in-busy',
      'cross-origin-refused',
    ],
  })
  async startSession(
    @Body() login: LoginDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccountDto> {
    const client = signInClient(request, reply, this.cookies.device(request));
    const { account, tokens } = await this.accounts.signInStaff(login, client);
    if (tokens) {
      // The new cookies replace those of this browser's last sign-in.
      await this.sessions.end(this.cookies.refreshCookie(request).token);
      const basePath = basePathOf(request);
      this.cookies.set(reply, tokens, basePath);
      this.cookies.setDevice(reply, this.devices.renew(client.deviceCookie, login.username), basePath);
    }
    return account;
  }

  @Post('refresh')
  @Public()
  @ApiSecurity('refreshCookie')
  @Operation({
    summary: 'Renew the cookies',
    description:
      'It works like `refresh`: a refresh token can be used once. A second use ends the sign-in, which is over after 12 hours in any case.',
    ok: { status: 204, description: 'The cookies were renewed.', headers: ['Set-Cookie'] },
    problems: ['refresh-token-refused', 'cross-origin-refused'],
  })
  async refreshSession(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { token, basePath } = this.cookies.refreshCookie(request);
    this.cookies.set(reply, await this.sessions.refresh(token), basePath);
  }

  @Delete()
  @Public()
  @ApiSecurity({})
  @ApiSecurity('refreshCookie')
  @Operation({
    summary: 'Sign out everywhere',
    description:
      'Ends all sign-ins of this user, on all devices. Access tokens are refused within 30 seconds.',
    ok: {
      status: 204,
      description: 'Signed out. The answer is the same without a session.',
      headers: ['Set-Cookie', 'Clear-Site-Data'],
    },
    problems: ['cross-origin-refused'],
  })
  async endSessions(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { token, basePath } = this.cookies.refreshCookie(request);
    this.cookies.clear(reply, basePath);
    // Not cookies or storage: other applications of this host, and of its parent domain, would lose theirs.
    reply.header('clear-site-data', '"cache"');
    await this.sessions.end(token, { allOfUser: true });
  }
}
