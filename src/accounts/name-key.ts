/** What a username is compared by: its case and its Unicode form do not matter. */
export function nameKey(username: string): string {
  return username.trim().normalize('NFKC').toLowerCase();
}
