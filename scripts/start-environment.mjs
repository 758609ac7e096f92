/**
 * The settings of `npm start`: the user's, completed by what the private database needs. Demo data and its accounts, whose
 * passwords are public, are for the private database only; a database that DATABASE_HOST names gets them when the user sets
 * DEMO_DATA=true.
 * @param {NodeJS.ProcessEnv} user
 * @param {Record<string, string>} privateDatabase how to reach it; empty when DATABASE_HOST names a database
 * @param {() => string} makeSecret
 * @returns {NodeJS.ProcessEnv}
 */
export function startEnvironment(user, privateDatabase, makeSecret) {
  const isPrivate = Object.keys(privateDatabase).length > 0;
  return {
    ...user,
    ...privateDatabase,
    ...(isPrivate ? { DEMO_DATA: user.DEMO_DATA || 'true' } : {}),
    JWT_SECRET: user.JWT_SECRET || makeSecret(),
  };
}
