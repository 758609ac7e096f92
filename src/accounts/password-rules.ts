import { dictionary } from '@zxcvbn-ts/language-common';
import { ValidateBy } from 'class-validator';

const MIN_LENGTH = 8;
// Longer ones are refused for that alone: comparing takes time by the length of both.
const MAX_LENGTH = 4_096;
const MAX_PERSON_LENGTH = 254;
// As Django's UserAttributeSimilarityValidator, so that both sites take the same passwords.
const MAX_SIMILARITY = 0.7;

// 49,000 words.
const COMMON = new Set(dictionary['passwords-common']);

/**
 * What is wrong with a new password, a sentence that follows "password"; null when nothing is. These are Django's
 * default rules (django.contrib.auth.password_validation).
 * @param person what it must not be like: the username and the email
 */
export function weaknessOf(password: string, person: readonly string[]): string | null {
  if (password.length > MAX_LENGTH) return null;
  if ([...password].length < MIN_LENGTH) return `must have at least ${MIN_LENGTH} characters`;
  if (/^\d+$/.test(password)) return 'must not be all digits';
  const text = password.toLowerCase();
  if (COMMON.has(text.trim())) return 'must not be one that many people use';
  const values = person.filter((value) => value.length <= MAX_PERSON_LENGTH);
  const parts = values.flatMap((value) => [value, ...value.split(/[^\p{L}\p{N}]+/u)]).filter(Boolean);
  if (parts.some((part) => similarity(text, part.toLowerCase()) >= MAX_SIMILARITY))
    return 'must not be like the username or the email';
  return null;
}

/** That a new password is not weak, nor like the fields `others` of its object. */
export function IsStrong(others: readonly string[]): PropertyDecorator {
  const weakness = (value: unknown, object: object | undefined): string | null => {
    if (typeof value !== 'string') return null;
    const person = others.map((name) => (object as Record<string, unknown> | undefined)?.[name]);
    return weaknessOf(
      value,
      person.filter((text) => typeof text === 'string'),
    );
  };
  return ValidateBy({
    name: 'strong',
    validator: {
      validate: (value, args) => weakness(value, args?.object) === null,
      defaultMessage: (args) => weakness(args?.value, args?.object) ?? '',
    },
  });
}

/** Python's `SequenceMatcher.quick_ratio()`: twice the characters in common by the length of both, 0 … 1. */
function similarity(a: string, b: string): number {
  const left = new Map<string, number>();
  for (const letter of b) left.set(letter, (left.get(letter) ?? 0) + 1);
  let shared = 0;
  for (const letter of a) {
    const count = left.get(letter) ?? 0;
    if (count > 0) shared++;
    left.set(letter, count - 1);
  }
  return (2 * shared) / (a.length + b.length);
}
