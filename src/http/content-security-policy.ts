/** The policy of answers that are no pages: it forbids loading, framing and submitting anything. */
export const NOTHING_ALLOWED = {
  'default-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
} as const;

/** The policy of a page. @param allowed the sources that the page needs, by directive */
export const pagePolicy = (allowed: Readonly<Record<string, string>>): string =>
  Object.entries({ ...NOTHING_ALLOWED, ...allowed })
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ');
