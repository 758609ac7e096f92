import { readFileSync } from 'node:fs';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The settings that are secret. Each of them can also be the name of a file, in the setting `NAME_FILE`. */
export const SECRET_SETTINGS = [
  'DATABASE_PASSWORD',
  'DATABASE_SERVICE_PASSWORD',
  'JWT_SECRET',
  'JWT_SECRET_PREVIOUS',
  'REDIS_URL',
  'MAIL_URL',
  'OTEL_EXPORTER_OTLP_HEADERS',
] as const;

/**
 * Adds the secrets that stand in files, without the line break at the end of the file. An empty setting counts as not set.
 * @param faults receives what is wrong, without a secret
 */
export function withSecretFiles(env: Environment, faults: string[]): Environment {
  const secrets: Record<string, string> = {};
  for (const name of SECRET_SETTINGS) {
    const file = env[`${name}_FILE`];
    if (!file) continue;
    if (env[name]) faults.push(`${name} and ${name}_FILE are both set, only one of them may be`);
    try {
      secrets[name] = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      if (!secrets[name]) faults.push(`${name}_FILE names an empty file`);
    } catch (error) {
      const { code = 'not a path' } = error as NodeJS.ErrnoException;
      faults.push(`${name}_FILE names a file that cannot be read (${code})`);
    }
  }
  return { ...env, ...secrets };
}

// RFC 7518, 3.2: an HS256 key must be at least as long as the hash.
const MIN_LENGTH = 32;
// 32 random hexadecimal digits have fewer different ones in one of 20 million cases.
const MIN_DIFFERENT_CHARACTERS = 8;
const MAX_REPEATED_PART = 16;
// Words of published examples. A random key of 64 characters contains one of them in one of 10 million cases.
const EXAMPLE = /secret|password|change.?me|example|insecure/i;

/**
 * Recognises keys that a person made up or copied. It cannot measure randomness.
 * @returns the end of a sentence that begins with the name of the setting, or null when no weakness was found
 */
export function weaknessOfKey(key: string): string | null {
  const hint = 'make one with: openssl rand -base64 48';
  if (key.length < MIN_LENGTH) return `must have at least ${MIN_LENGTH} characters; ${hint}`;
  if (EXAMPLE.test(key)) return `contains a word of published examples; ${hint}`;
  if (new Set(key).size < MIN_DIFFERENT_CHARACTERS || isRepetition(key) || isSequence(key))
    return `repeats itself or is a sequence; ${hint}`;
  return null;
}

function isRepetition(text: string): boolean {
  for (let length = 1; length <= MAX_REPEATED_PART; length++)
    if (text.startsWith(text.slice(length))) return true;
  return false;
}

/** True when most characters follow the one before, as in `abcd` or `4321`. */
function isSequence(text: string): boolean {
  const steps = [...text].filter((_, at) => Math.abs(text.charCodeAt(at + 1) - text.charCodeAt(at)) === 1);
  return steps.length > text.length / 2;
}

/** The secrets that this deployment signs and encrypts with. The first one makes new texts; all of them read existing ones. */
export function secretsOf({
  jwtSecret,
  jwtSecretPrevious,
}: Readonly<Record<'jwtSecret' | 'jwtSecretPrevious', string | null>>): readonly string[] {
  return [jwtSecret, jwtSecretPrevious].filter((secret) => secret !== null);
}
