import type { Config } from './config.js';

/** The secrets that this deployment signs and encrypts with. The first one makes new texts; all of them read existing ones. */
export function secretsOf({ jwtSecret }: Config): readonly string[] {
  return jwtSecret === null ? [] : [jwtSecret];
}
