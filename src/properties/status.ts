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
