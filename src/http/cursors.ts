import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { InvalidParameters } from './problem.js';

/**
 * Keyset position: sort key (null: the row has no value) and id of the last row of a page. The id is null when the next row
 * has another key; then `key > ?` alone continues, which is one index range.
 */
export type Position = readonly [key: string | number, id: number | null] | readonly [key: null, id: number];

/** As key objects: Node would import a buffer again for each cursor, at five times the cost. */
interface Keys {
  encryption: KeyObject;
  nonce: KeyObject;
}

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
// The length of a cursor tells little about its content.
const BLOCK_BYTES = 16;

/** Encrypts the positions of lists, because a position may contain a value that the list does not show. */
export class Cursors {
  readonly #keys: readonly Keys[];

  /** @param secrets the first one encrypts; all of them decrypt */
  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map(keysOf);
  }

  /**
   * Encodes an opaque cursor for one list. Equal positions of a list have equal cursors, also in other processes: ETags contain them.
   * @param scope sort and filters in one canonical text; the cursor is refused for any other scope
   */
  encode(scope: string, position: Position): string {
    const [keys] = this.#keys;
    if (!keys) throw new Error('JWT_SECRET is not set: this process cannot encrypt cursors.');
    const json = Buffer.from(JSON.stringify(position));
    const text = Buffer.alloc(Math.ceil(json.length / BLOCK_BYTES) * BLOCK_BYTES, ' ');
    json.copy(text);
    // Not random, but different for different texts, as GCM needs.
    const nonce = createHmac('sha256', keys.nonce)
      .update(scope)
      .update('\n')
      .update(text)
      .digest()
      .subarray(0, NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, keys.encryption, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(scope));
    return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString(
      'base64url',
    );
  }

  /** @throws InvalidParameters when the cursor was changed, or belongs to another sort or other filters */
  decode(scope: string, cursor: string): Position {
    const bytes = Buffer.from(cursor, 'base64url');
    // The text is compared as well: base64 decoders ignore foreign characters and unused bits.
    if (bytes.length > NONCE_BYTES + TAG_BYTES && bytes.toString('base64url') === cursor) {
      for (const keys of this.#keys) {
        const position = decrypt(keys, scope, bytes);
        if (isPosition(position)) return position;
      }
    }
    throw new InvalidParameters([
      { field: 'cursor', message: 'is not a cursor of this list with this sort and these filters' },
    ]);
  }
}

function keysOf(secret: string): Keys {
  const bytes = Buffer.from(hkdfSync('sha256', secret, '', 'property-service cursors', 64));
  return { encryption: createSecretKey(bytes.subarray(0, 32)), nonce: createSecretKey(bytes.subarray(32)) };
}

function decrypt({ encryption }: Keys, scope: string, bytes: Buffer): unknown {
  const decipher = createDecipheriv(ALGORITHM, encryption, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(scope));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return JSON.parse(text.toString());
  } catch {
    return undefined;
  }
}

function isPosition(value: unknown): value is Position {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [key, id] = value as [unknown, unknown];
  if (key === null) return Number.isSafeInteger(id);
  return (typeof key === 'string' || Number.isFinite(key)) && (id === null || Number.isSafeInteger(id));
}
