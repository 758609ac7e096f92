import { Injectable } from '@nestjs/common';
import { FailingSteps } from '../background/failing-steps.js';
import { Purge } from '../background/purge.js';
import { toDatabaseTime } from '../database/time.js';
import { RefreshTokenRepository } from './refresh-token.repository.js';
import { SignInRepository } from './sign-in.repository.js';

// Longer than the clocks of two processes may differ.
const KEEP_MS = 24 * 3_600_000;

/** Deletes refresh tokens and sign-ins a day after they are over, also those of users who never come back. */
@Injectable()
export class SignInPurge extends Purge {
  constructor(
    private readonly tokens: RefreshTokenRepository,
    private readonly signIns: SignInRepository,
    failingSteps: FailingSteps,
  ) {
    super('sign-in-purge', failingSteps);
  }

  /** Tokens go first: a token without its sign-in would start a new one. */
  protected async deleteBatch(limit: number): Promise<boolean> {
    const before = toDatabaseTime(new Date(Date.now() - KEEP_MS), '+00:00');
    return (
      (await this.tokens.deleteExpired(before, limit)) === limit ||
      (await this.signIns.deleteOver(before, limit)) === limit
    );
  }
}
