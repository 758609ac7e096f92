import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localFolder } from './private-database.mjs';

/** The key that signs access tokens on this machine. It is generated once in .local/, readable by this user only. */
export function jwtSecret() {
  const file = join(localFolder, 'jwt-secret');
  mkdirSync(localFolder, { recursive: true });
  try {
    // Of two concurrent starts one writes the file, and both read it.
    writeFileSync(file, randomBytes(48).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8');
}
