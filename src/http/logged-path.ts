// An email that a caller put into the path.
const EMAIL = /[^/]*(?:@|%40)[^/]*/gi;

/** The path of a request for a log line: without parameters and emails. */
export const loggedPath = (url: string): string => url.split('?', 1)[0]!.replace(EMAIL, '…');
