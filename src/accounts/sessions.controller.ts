import { Body, Controller, Delete, Post, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Input, NoInput } from '../http/input.js';
import { COOKIE_HEADER, Operation } from '../http/operation.js';
import { Public } from './access.decorators.js';
import { AccountsService } from './accounts.service.js';
import { AccountDto, LoginDto } from './dto/accounts.dto.js';
import { basePathOf, clearSessionCookies, refreshCookie, setSessionCookies } from './session-cookies.js';
import { SessionsService } from './sessions.service.js';

/** Sign-in of a page of this service itself, whose scripts never see a token. */
@ApiTags('Accounts')
@Controller('v1/auth/session')
export class SessionsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
  ) {}

  @Post()
  @Public()
  @ApiHeader({
    name: 'X-Base-Path',
    required: false,
    description:
      'The prefix that a proxy in front of the service strips, such as `/listings`: the cookies are for paths below it.',
    schema: { type: 'string' },
  })
  @Operation({
    summary: 'Sign in with cookies',
    description:
      'For pages that this service serves: as `login`, but the tokens are in cookies that scripts can not read. With them staff can read the ranking, and nothing else; who is no staff gets none.',
    input: NoInput,
    ok: { status: 200, type: AccountDto, description: 'Who has signed in.', headers: COOKIE_HEADER },
    problems: [400, 401, 413, 415, 422],
  })
  async startSession(
    @Input() _: NoInput,
    @Body() login: LoginDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccountDto> {
    const { account, tokens } = await this.accounts.signInStaff(login);
    if (tokens) setSessionCookies(request, reply, tokens, basePathOf(request));
    return account;
  }

  @Post('refresh')
  @Public()
  @Operation({
    summary: 'Go on with cookies',
    description:
      'As `refresh`: each is good for one use, and one that is used twice ends all of its sign-in.',
    input: NoInput,
    ok: { status: 204, description: 'There are new ones.', headers: COOKIE_HEADER },
    problems: [400, 401],
  })
  async refreshSession(
    @Input() _: NoInput,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { token, basePath } = refreshCookie(request);
    setSessionCookies(request, reply, await this.sessions.refresh(token), basePath);
  }

  @Delete()
  @Public()
  @Operation({
    summary: 'Sign out everywhere',
    description:
      'Ends every sign-in of this person, on other machines too; access tokens that were given out go on for up to a quarter of an hour.',
    input: NoInput,
    ok: {
      status: 204,
      description: 'Signed out, whether or not there was a session.',
      headers: COOKIE_HEADER,
    },
    problems: [400],
  })
  async endSessions(
    @Input() _: NoInput,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { token, basePath } = refreshCookie(request);
    clearSessionCookies(request, reply, basePath);
    await this.sessions.endAll(token);
  }
}
