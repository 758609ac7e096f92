/**
 * The settings of `npm start`: those of the user, completed for the private database. By default, demo data and demo accounts,
 * whose passwords are public, are loaded only into a private database; for another database the user sets DEMO_DATA=true.
 * @param {NodeJS.ProcessEnv} userEnv
 * @param {Record<string, string>} privateDatabase its connection settings; empty when DATABASE_HOST names a database
 * @param {() => string} makeSecret returns the key that signs tokens
 * @returns {NodeJS.ProcessEnv}
 */
export function startEnvironment(userEnv, privateDatabase, makeSecret) {
  const isPrivate = Object.keys(privateDatabase).length > 0;
  return {
    ...userEnv,
    ...privateDatabase,
    ...(isPrivate ? { DEMO_DATA: userEnv.DEMO_DATA || 'true' } : {}),
    JWT_SECRET: userEnv.JWT_SECRET || makeSecret(),
  };
}
