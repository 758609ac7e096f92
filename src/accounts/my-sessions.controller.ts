import { Controller, Delete, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Input } from '../http/input.js';
import { Operation } from '../http/operation.js';
import { CurrentSignIn, SignedIn, TokenUserId } from './access.decorators.js';
import { SessionInput, SessionListDto } from './dto/sessions.dto.js';
import { SessionsService } from './sessions.service.js';

/** The sign-ins of the caller. */
@ApiTags('Accounts')
@SignedIn()
@Controller('v1/me/sessions')
export class MySessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Get()
  @Operation({
    summary: 'List my sign-ins, the last used one first',
    description:
      'A user has at most 100. Each further sign-in ends the one that was used the longest time ago.',
    ok: { status: 200, type: SessionListDto, description: 'The sign-ins that are not over.' },
  })
  async listMySessions(
    @TokenUserId() userId: number,
    @CurrentSignIn() currentId: string | null,
  ): Promise<SessionListDto> {
    return SessionListDto.from(await this.sessions.list(userId), currentId);
  }

  @Delete(':id')
  @Operation({
    summary: 'End one of my sign-ins',
    description: 'Its refresh token is refused at once, its access tokens within 30 seconds.',
    ok: { status: 204, description: 'Ended. The answer is the same when it had ended before.' },
    problems: ['session-not-found'],
  })
  endMySession(@Input() { id }: SessionInput, @TokenUserId() userId: number): Promise<void> {
    return this.sessions.endOne(userId, id);
  }

  @Delete()
  @Operation({
    summary: 'End all my other sign-ins',
    description: 'All but the one of this access token.',
    ok: { status: 204, description: 'Ended.' },
  })
  endMyOtherSessions(
    @TokenUserId() userId: number,
    @CurrentSignIn() currentId: string | null,
  ): Promise<void> {
    return this.sessions.endSessionsOf(userId, currentId);
  }
}
