import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localFolder } from './local-database.mjs';

/** What signs access tokens here: made once, kept outside git, for this user's eyes only. */
export function jwtSecret() {
  const file = join(localFolder, 'jwt-secret');
  mkdirSync(localFolder, { recursive: true });
  try {
    // Of two that start at once one writes, and both read the same.
    writeFileSync(file, randomBytes(48).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8');
}
