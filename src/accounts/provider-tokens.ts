import { createHash, randomBytes } from 'node:crypto';
import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { createDecoder, createVerifier, TokenError } from 'fast-jwt';
import { LRUCache } from 'lru-cache';
import { Config } from '../config/config.js';
import type { IdentityProvider } from '../config/identity-provider.js';
import { isDuplicateKey } from '../database/server-errors.js';
import { toDatabaseTime } from '../database/time.js';
import { inTransaction } from '../database/transaction.js';
import { problemFor } from '../http/problem.js';
import { ALGORITHMS, ProviderKeys } from './provider-keys.js';
import { UserRepository } from './user.repository.js';

const MAX_VERIFIED_CHARACTERS = 20_000_000;
// The clocks of two servers differ.
const CLOCK_TOLERANCE_MS = 5_000;
const MAX_SUBJECT_LENGTH = 255;

type Claims = Readonly<Record<string, unknown>>;

export interface ProviderIdentity {
  userId: number;
  isStaff: boolean;
}

const decode = createDecoder({ complete: true }) as unknown as (
  token: string,
) => Record<'header' | 'payload', Claims>;

/** Accepts access tokens of an outside identity provider. Its users get a row of `auth_user`, without a password, at their first request. */
@Injectable()
export class ProviderTokens {
  readonly #provider: IdentityProvider | null;
  readonly #keys: ProviderKeys;
  readonly #verified = new LRUCache<string, ProviderIdentity & { /** Milliseconds. */ expiresAt: number }>({
    maxSize: MAX_VERIFIED_CHARACTERS,
    sizeCalculation: (_, token) => token.length,
  });

  constructor(
    private readonly em: EntityManager,
    private readonly users: UserRepository,
    private readonly config: Config,
  ) {
    this.#provider = config.identityProvider;
    this.#keys = new ProviderKeys(config.identityProvider?.jwksUrl ?? '');
  }

  /**
   * @returns null when there is no provider, or the token is not a valid one of it
   * @throws ProblemError 503 when the token is signed with an unknown key and the provider cannot be asked
   */
  async verify(token: string): Promise<ProviderIdentity | null> {
    const provider = this.#provider;
    if (!provider) return null;
    const known = this.#verified.get(token);
    if (known && Date.now() < known.expiresAt) return known;
    const claims = await this.#claimsOf(token, provider);
    const { sub, exp } = claims ?? {};
    if (!claims || typeof sub !== 'string' || !sub || sub.length > MAX_SUBJECT_LENGTH || !sub.isWellFormed())
      return null;
    const userId = await this.#findOrCreateUser(provider.issuer, sub);
    const identity = { userId, isStaff: makesStaff(claims, provider), expiresAt: Number(exp) * 1_000 };
    this.#verified.set(token, identity);
    return identity;
  }

  async #claimsOf(token: string, { issuer, audience }: IdentityProvider): Promise<Claims | null> {
    try {
      const { header, payload } = decode(token);
      // The provider is not asked about tokens that are not its own.
      if (payload.iss !== issuer || !ALGORITHMS.includes(String(header.alg))) return null;
      const key = await this.#keys
        .find(typeof header.kid === 'string' ? header.kid : '')
        .catch((cause: unknown) => {
          throw problemFor(503, { cause });
        });
      if (!key) return null;
      const verify = createVerifier({
        key: key.publicKey,
        // The key decides the algorithm: a token cannot choose its own.
        algorithms: [key.algorithm],
        allowedIss: issuer,
        allowedAud: audience,
        clockTolerance: CLOCK_TOLERANCE_MS,
        requiredClaims: ['iss', 'aud', 'sub', 'exp'],
      });
      return verify(token) as Claims;
    } catch (error) {
      if (error instanceof TokenError) return null;
      throw error;
    }
  }

  async #findOrCreateUser(issuer: string, subject: string): Promise<number> {
    const id = createHash('sha256')
      .update(JSON.stringify([issuer, subject]))
      .digest('base64url');
    const known = await this.users.findByIdentity(id);
    if (known !== undefined) return known;
    const user = {
      username: `oidc-${id}`,
      // Django's form of a password that nothing matches.
      password: `!${randomBytes(20).toString('hex')}`,
      email: '',
      firstName: '',
      lastName: '',
      isSuperuser: false,
      isStaff: false,
      isActive: true,
      dateJoined: toDatabaseTime(new Date(), this.config.database.timezone),
    };
    try {
      return (await inTransaction(this.em, () => this.users.addWithIdentity(user, { id, issuer, subject })))
        .id;
    } catch (error) {
      // Another request of the same user was first.
      const other = isDuplicateKey(error) ? await this.users.findByIdentity(id) : undefined;
      if (other === undefined) throw error;
      return other;
    }
  }
}

/** The claim by its whole name, else by a path such as `realm_access.roles`: a text, or a list that contains the value. */
function makesStaff(claims: Claims, { staffClaim }: IdentityProvider): boolean {
  if (!staffClaim) return false;
  const inside = (value: unknown, name: string): unknown =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, name)
      ? (value as Claims)[name]
      : undefined;
  const claim =
    inside(claims, staffClaim.name) ?? staffClaim.name.split('.').reduce(inside, claims as unknown);
  return Array.isArray(claim) ? claim.includes(staffClaim.value) : claim === staffClaim.value;
}
