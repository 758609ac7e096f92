/** Whether a home of the public list can still be bought. */
export type Availability = 'available' | 'sold';

/** The statuses that the public may see, and what each means for a buyer. Every other status hides the property. */
export const PUBLIC_STATUSES = {
  pre_venta: 'available',
  en_venta: 'available',
  vendido: 'sold',
} as const satisfies Record<string, Availability>;

export type PublicStatus = keyof typeof PUBLIC_STATUSES;
export const PUBLIC_STATUS_NAMES = Object.keys(PUBLIC_STATUSES) as PublicStatus[];

/** The public status of this name. */
export function publicStatusOf(name: string): PublicStatus | undefined {
  const key = statusKey(name);
  return PUBLIC_STATUS_NAMES.find((status) => status === key);
}

/** Compares names as the database does: without regard to case and to blanks at the end. */
export function statusKey(name: string): string {
  return name.trimEnd().toLowerCase();
}
