import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { withoutPlace } from '../http/admission.js';

const FETCH_TIMEOUT_MS = 3_000;
// An unknown key id asks for new keys at most this often, because anyone can send one.
const MIN_FETCH_INTERVAL_MS = 60_000;
// A key that the provider has withdrawn is forgotten after this time.
const MAX_AGE_MS = 600_000;
const MIN_RSA_BITS = 2_048;

export const ALGORITHMS: readonly string[] = ['RS256', 'ES256', 'EdDSA'];

export interface ProviderKey {
  algorithm: 'RS256' | 'ES256' | 'EdDSA';
  /** PEM. */
  publicKey: string;
}

interface Jwk extends JsonWebKey {
  kid?: string;
  alg?: string;
  use?: string;
}

/** The public keys of an identity provider (JWKS, RFC 7517), kept in memory. While the provider is away, the kept keys stay valid. */
export class ProviderKeys {
  #keys: ReadonlyMap<string, ProviderKey> | null = null;
  #fetchedAt = -Infinity;
  #triedAt = -Infinity;
  #fetching: Promise<void> | null = null;

  constructor(private readonly url: string) {}

  /**
   * @returns null when the provider has no such key
   * @throws Error when the key is unknown and the provider cannot be asked
   */
  async find(kid: string): Promise<ProviderKey | null> {
    const known = this.#keys?.get(kid);
    if (known) {
      // In the background: a provider that is away or slow does not delay anyone.
      if (Date.now() - this.#fetchedAt > MAX_AGE_MS) this.#refresh().catch(() => {});
      return known;
    }
    await this.#refresh();
    const found = this.#keys?.get(kid);
    if (!found && this.#triedAt > this.#fetchedAt)
      throw new Error('The keys of the identity provider are not available.');
    return found ?? null;
  }

  /** Concurrent callers share one request. */
  async #refresh(): Promise<void> {
    if (!this.#fetching && Date.now() - this.#triedAt < MIN_FETCH_INTERVAL_MS) return;
    this.#fetching ??= this.#fetch().finally(() => (this.#fetching = null));
    await withoutPlace(async () => this.#fetching);
  }

  async #fetch(): Promise<void> {
    this.#triedAt = Date.now();
    const response = await fetch(this.url, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`The identity provider answered ${response.status}.`);
    const { keys } = (await response.json()) as { keys: Jwk[] };
    this.#keys = new Map(keys.flatMap((jwk) => readKey(jwk)));
    this.#fetchedAt = this.#triedAt;
  }
}

/** @returns an empty list for a key that is not for signatures, is too weak, or has another algorithm */
function readKey(jwk: Jwk): [string, ProviderKey][] {
  const algorithm = algorithmOf(jwk);
  if (!algorithm || (jwk.use ?? 'sig') !== 'sig' || (jwk.alg ?? algorithm) !== algorithm) return [];
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    if (algorithm === 'RS256' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) return [];
    return [[jwk.kid ?? '', { algorithm, publicKey: key.export({ type: 'spki', format: 'pem' }) as string }]];
  } catch {
    return [];
  }
}

function algorithmOf({ kty, crv }: Jwk): ProviderKey['algorithm'] | null {
  if (kty === 'RSA') return 'RS256';
  if (kty === 'EC' && crv === 'P-256') return 'ES256';
  return kty === 'OKP' && crv === 'Ed25519' ? 'EdDSA' : null;
}
