/**
 * A city as it is compared: `CARTAGENA `, `cartagena` and `Cartagena` are one; accents and case do not matter,
 * outer blanks are dropped and inner ones are one.
 * @returns '' for a blank text.
 */
export function cityKey(city: string): string {
  return city
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .normalize('NFC')
    .trim()
    .replace(/\s+/gu, ' ');
}
