import { dictionary } from '@zxcvbn-ts/language-common';
import { isGuessable } from './guessable-words.js';

const MIN_LENGTH = 8;
// Longer passwords are not checked here: the DTO refuses them by length.
const MAX_LENGTH = 4_096;
const MAX_ATTRIBUTE_LENGTH = 254;
// The limit of Django's UserAttributeSimilarityValidator, so that both sites accept the same passwords.
const MAX_SIMILARITY = 0.7;

// 49,000 passwords. Most processes check none.
let commonPasswords: Set<string> | undefined;

/**
 * Checks a new password by Django's default rules (django.contrib.auth.password_validation), and for words that are easy to guess here.
 * @param attributes the username and the email of the request, valid or not; the password must not be similar to them
 * @returns the end of a sentence that begins with "password", or null when the password is good
 */
export function weaknessOf(password: string, attributes: readonly unknown[]): string | null {
  if (password.length > MAX_LENGTH) return null;
  if ([...password].length < MIN_LENGTH) return `must have at least ${MIN_LENGTH} characters`;
  if (/^\d+$/.test(password)) return 'must not consist of digits only';
  const text = password.toLowerCase();
  commonPasswords ??= new Set(dictionary['passwords-common']);
  if (commonPasswords.has(text.trim()) || isGuessable(text)) return 'must not be a common password';
  const values = attributes
    .filter((value) => typeof value === 'string')
    .filter(({ length }) => length <= MAX_ATTRIBUTE_LENGTH);
  const fragments = values.flatMap((value) => [value, ...value.split(/[^\p{L}\p{N}]+/u)]).filter(Boolean);
  if (fragments.some((fragment) => similarity(text, fragment.toLowerCase()) >= MAX_SIMILARITY))
    return 'must not be similar to the username or the email';
  return null;
}

/** Python's `SequenceMatcher.quick_ratio()`: twice the number of shared characters, divided by both lengths together; 0 to 1. */
function similarity(a: string, b: string): number {
  const unmatched = new Map<string, number>();
  for (const letter of b) unmatched.set(letter, (unmatched.get(letter) ?? 0) + 1);
  let shared = 0;
  for (const letter of a) {
    const count = unmatched.get(letter) ?? 0;
    if (count > 0) shared++;
    unmatched.set(letter, count - 1);
  }
  return (2 * shared) / (a.length + b.length);
}
