/** Whether a visible property can still be bought. */
export type Availability = 'available' | 'sold';

/** The public statuses, each with its availability. Every other status hides the property. */
export const PUBLIC_STATUSES = {
  pre_venta: 'available',
  en_venta: 'available',
  vendido: 'sold',
} as const satisfies Record<string, Availability>;

export type PublicStatus = keyof typeof PUBLIC_STATUSES;
export const PUBLIC_STATUS_NAMES = Object.keys(PUBLIC_STATUSES) as PublicStatus[];

/** The public status with this name; undefined for any other name. */
export function publicStatusOf(name: string): PublicStatus | undefined {
  const key = statusKey(name);
  return PUBLIC_STATUS_NAMES.find((status) => status === key);
}

/** The key that status names are compared by. Like the database, it ignores case and trailing blanks. */
export function statusKey(name: string): string {
  return name.trimEnd().toLowerCase();
}
