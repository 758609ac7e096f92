import type { Count, Question } from './rate-counters.js';

/** A message of a serving process to the primary. Each one says that its event loop runs. */
export type ToPrimary = { ready: true } | { alive: true } | { count: Question[] } | { scrape: true };

/** The answers, in the order of the questions of the same kind. */
export type FromPrimary = { counted: Count[] } | { scraped: string | null };
