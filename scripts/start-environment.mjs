import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localFolder } from './private-database/use-database.mjs';

/**
 * The settings of `npm start`: those of the user, completed for the private database. By default, demo data and demo accounts,
 * whose passwords are public, are loaded only into a private database; for another database the user sets DEMO_DATA=true.
 * @param {NodeJS.ProcessEnv} userEnv
 * @param {Record<string, string>} privateDatabase its connection settings; empty when DATABASE_HOST names a database
 * @returns {NodeJS.ProcessEnv}
 */
export function startEnvironment(userEnv, privateDatabase) {
  const isPrivate = Object.keys(privateDatabase).length > 0;
  return {
    ...userEnv,
    ...privateDatabase,
    ...(isPrivate ? { DEMO_DATA: userEnv.DEMO_DATA || 'true' } : {}),
    ...(userEnv.JWT_SECRET || userEnv.JWT_SECRET_FILE ? {} : { JWT_SECRET: localSecret() }),
  };
}

/**
 * The settings of the process that serves: on a private database it uses the account that `migrate` has granted its rights.
 * @param {NodeJS.ProcessEnv} env
 * @param {Record<string, string>} privateDatabase
 * @returns {NodeJS.ProcessEnv}
 */
export const servingEnvironment = (env, { DATABASE_SERVICE_USER: account }) =>
  account ? { ...env, DATABASE_USER: account.replace(/@.*/, '') } : env;

/** The key that signs access tokens on this machine. It is generated once in .local/, readable by this user only. */
function localSecret() {
  const file = join(localFolder, 'jwt-secret');
  mkdirSync(localFolder, { recursive: true });
  try {
    // When two starts run at the same time, one of them writes the file, and both read it.
    writeFileSync(file, randomBytes(48).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8');
}
