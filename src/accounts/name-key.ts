/** Usernames with equal keys are the same username: case and Unicode form do not matter. */
export function nameKey(username: string): string {
  return username.trim().normalize('NFKC').toLowerCase();
}
