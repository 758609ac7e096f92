import { type Environment, weaknessOfKey, withSecretFiles } from './secrets.js';

export type { Environment };

const MIN_PASSWORD_LENGTH = 12;

/** Reads settings by name and collects what is wrong with them. */
export class SettingsReader {
  readonly faults: string[] = [];

  private readonly env: Environment;

  constructor(env: Environment) {
    this.env = withSecretFiles(env, this.faults);
  }

  text(name: string, fallback?: string): string {
    const value = this.env[name]?.trim() || fallback;
    if (value === undefined) this.faults.push(`${name} is not set`);
    return value ?? '';
  }

  /** Not trimmed: a blank may be part of a password. */
  secret(name: string): string {
    if (this.env[name] === undefined) this.faults.push(`${name} is not set`);
    return this.env[name] ?? '';
  }

  /** A password for a new account: null when it is not set. */
  newPassword(name: string): string | null {
    const password = this.env[name] || null;
    if (password !== null && password.length < MIN_PASSWORD_LENGTH)
      this.faults.push(`${name} must have at least ${MIN_PASSWORD_LENGTH} characters`);
    return password;
  }

  /** A secret that signs: null when it is not set. */
  key(name: string): string | null {
    const key = this.env[name] || null;
    const weakness = key && weaknessOfKey(key);
    if (weakness) this.faults.push(`${name} ${weakness}`);
    return key;
  }

  wholeNumber(name: string, fallback: number, min: number, max: number): number {
    const value = this.text(name, String(fallback));
    const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    this.check(name, value, number >= min && number <= max, `a whole number from ${min} to ${max}`);
    return number;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.text(name, String(fallback));
    this.check(name, value, value === 'true' || value === 'false', 'true or false');
    return value === 'true';
  }

  list(name: string, isValid: (item: string) => boolean, wanted: string): readonly string[] {
    const items = this.text(name, '')
      .split(/\s*,\s*/)
      .filter(Boolean);
    for (const item of items) this.check(name, item, isValid(item), wanted);
    return Object.freeze(items);
  }

  /** Records a fault that shows the value, so not for secrets. */
  check(name: string, value: string, isValid: boolean, wanted: string): void {
    if (value && !isValid) this.faults.push(`${name} is ${JSON.stringify(value)}, it must be ${wanted}`);
  }
}
