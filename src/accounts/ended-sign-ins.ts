import { Injectable } from '@nestjs/common';
import { LoadCache } from '../cache/load-cache.js';
import { SignInRepository } from './sign-in.repository.js';

// After this time every process refuses the access tokens of a sign-in that was ended.
const MAX_AGE_MS = 15_000;

/**
 * The sign-ins that ended while their access tokens are still valid. One query every 15 seconds serves all requests of the process, so
 * a token costs no query of its own.
 */
@Injectable()
export class EndedSignIns {
  readonly #ids = new LoadCache<'all', ReadonlySet<string>>({ maxSize: 1, maxAge: MAX_AGE_MS });

  constructor(private readonly signIns: SignInRepository) {}

  async has(id: string): Promise<boolean> {
    return (await this.#ids.get('all', async () => new Set(await this.signIns.findEnded()))).has(id);
  }

  /** The next request reads them again. Call it after the commit of an end. */
  forget(): void {
    this.#ids.delete('all');
  }
}
