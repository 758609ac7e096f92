import type { Count } from './rate-counters.js';

/** What a process sends to the primary. */
export type ToPrimary = { ready: true } | { count: [key: string, windowMs: number][] } | { scrape: true };

/** The answers, in the order of the questions of the same kind. */
export type FromPrimary = { counted: Count[] } | { scraped: string | null };
