export interface ProblemTypeInfo {
  status: number;
  /** The sentence of the answer. */
  detail: string;
  /** The recommended reaction of a client. */
  advice: string;
  /** Seconds. Sent as `Retry-After`, unless the error gives another value. */
  retryAfter?: number;
}

/** All problem types of the service. `npm run openapi` writes them to docs/problem-types.md. */
export const PROBLEM_TYPES = {
  'invalid-parameters': {
    status: 400,
    detail: 'The request has parameters that are malformed or unknown.',
    advice: 'Correct the parameters in `errors`. Do not repeat the request unchanged.',
  },
  'malformed-request': {
    status: 400,
    detail: 'The request could not be understood.',
    advice: 'Correct the request: send well-formed JSON and a well-formed address.',
  },
  'not-signed-in': {
    status: 401,
    detail: 'This request needs an access token. Sign in first.',
    advice: 'Ask the user to sign in, then repeat the request with the access token.',
  },
  'token-refused': {
    status: 401,
    detail: 'The access token is invalid or has expired.',
    advice: 'Get new tokens with the refresh token, then repeat the request once.',
  },
  'sign-in-refused': {
    status: 401,
    detail: 'The username or the password is wrong.',
    advice: 'Ask the user to correct the username or the password.',
  },
  'totp-code-required': {
    status: 401,
    detail: 'The password is right. This account also needs a code of its authenticator app.',
    advice: 'Ask the user for the code, then repeat the request with `code`.',
  },
  'totp-code-refused': {
    status: 401,
    detail: 'The code is wrong or was used before.',
    advice: 'Ask the user for the next code of the authenticator app, or for a recovery code.',
  },
  'refresh-token-refused': {
    status: 401,
    detail: 'The refresh token is invalid, used or expired. Sign in again.',
    advice: 'Delete the stored tokens and ask the user to sign in.',
  },
  'not-staff': {
    status: 403,
    detail: 'Only staff may do this.',
    advice: 'Hide this function from users who are not staff (`isStaff` of the account).',
  },
  'cross-origin-refused': {
    status: 403,
    detail: 'A page of another origin sent this request.',
    advice: 'Use `POST /v1/auth/login`: cookies are only for the pages of this service.',
  },
  'not-found': {
    status: 404,
    detail: 'There is nothing at this address.',
    advice: 'Correct the path.',
  },
  'property-not-found': {
    status: 404,
    detail: 'There is no such property.',
    advice: 'Remove the property from the view: it does not exist, or the caller may not see it.',
  },
  'search-not-found': {
    status: 404,
    detail: 'You have no such saved search.',
    advice: 'Remove it from the view: it was deleted, or it is of another user.',
  },
  'session-not-found': {
    status: 404,
    detail: 'You have no such sign-in.',
    advice: 'Remove it from the view: it was over a day ago, or it is of another user.',
  },
  'account-not-found': {
    status: 404,
    detail: 'There is no such account.',
    advice: 'Remove the account from the view.',
  },
  'method-not-allowed': {
    status: 405,
    detail: 'This address does not support the method; the Allow header lists the supported methods.',
    advice: 'Use a method of the `Allow` header.',
  },
  'not-acceptable': {
    status: 406,
    detail: 'The service has none of the media types in the Accept header; it has application/json.',
    advice: 'Send `Accept: application/json`, for a CSV `text/csv`, or no `Accept` header.',
  },
  'request-timeout': {
    status: 408,
    detail: 'The request did not arrive in time.',
    advice: 'Repeat the request.',
  },
  'username-taken': {
    status: 409,
    detail: 'Another account has this username.',
    advice: 'Ask the user for another username.',
  },
  'email-taken': {
    status: 409,
    detail: 'Another account has this email.',
    advice: 'Ask the user to sign in instead, or for another email.',
  },
  'totp-active': {
    status: 409,
    detail: 'The account has a second factor already.',
    advice: 'Remove the second factor first.',
  },
  'too-many-searches': {
    status: 409,
    detail: 'You have saved 50 searches, the maximum.',
    advice: 'Ask the user to delete one first.',
  },
  'changes-gone': {
    status: 410,
    detail: 'Changes after this sequence are no longer known. Start from 0.',
    advice: 'Read all changes from `after=0`, and drop the properties that are not among them.',
  },
  'property-has-changed': {
    status: 412,
    detail: 'The property has changed: If-Match does not contain its current ETag. Nothing was changed.',
    advice: 'Read the property again, show the change, and repeat with the new ETag.',
  },
  'body-too-large': {
    status: 413,
    detail: 'The body is larger than 1 MB.',
    advice: 'Send a smaller body.',
  },
  'unsupported-media-type': {
    status: 415,
    detail: 'The body must be application/json.',
    advice: 'Send `Content-Type: application/json`.',
  },
  'invalid-body': {
    status: 422,
    detail: 'The body is well-formed but breaks a rule or has an unknown field.',
    advice: 'Show each message of `errors` beside its field. Do not repeat the request unchanged.',
  },
  'too-many-requests': {
    status: 429,
    detail: 'Too many requests; the Retry-After header gives the seconds to wait.',
    advice: 'Wait for the seconds in `Retry-After`, then repeat the request.',
  },
  'too-many-likes': {
    status: 429,
    detail: 'This account has liked and unliked too often; the Retry-After header gives the seconds to wait.',
    advice: 'Show the like as it was, and let the user try again after the seconds in `Retry-After`.',
  },
  'headers-too-large': {
    status: 431,
    detail: 'The request line or its headers are too large.',
    advice: 'Send fewer parameters or smaller headers.',
  },
  'internal-error': {
    status: 500,
    detail: 'An internal error occurred. Quote the request id when you report it.',
    advice: 'Report the `requestId`. Repeating the request may not help.',
  },
  'no-mail': {
    status: 501,
    detail: 'This service sends no mails.',
    advice: 'Ask an administrator of the service to reset the password or to confirm the account.',
  },
  unavailable: {
    status: 503,
    retryAfter: 5,
    detail: 'The service cannot answer right now. Try again in a moment.',
    advice: 'Wait for the seconds in `Retry-After`, then repeat the request.',
  },
  'service-busy': {
    status: 503,
    retryAfter: 2,
    detail: 'The service has more requests than it can answer. Try again in a moment.',
    advice: 'Nothing was done. Wait for the seconds in `Retry-After`, then repeat the request.',
  },
  'read-only': {
    status: 503,
    retryAfter: 5,
    detail: 'The service cannot write at the moment; reads still work. Try again in a moment.',
    advice: 'Nothing was changed. Wait for the seconds in `Retry-After`, then repeat the request.',
  },
  'too-demanding': {
    status: 503,
    retryAfter: 5,
    detail: 'This takes the database too long. Narrow the search, or try again in a moment.',
    advice: 'Add a filter, or repeat the request later.',
  },
  'search-busy': {
    status: 503,
    retryAfter: 2,
    detail: 'Too many demanding searches are under way. Try again in a moment, or narrow the search.',
    advice: 'Wait for the seconds in `Retry-After`, then repeat the request, or add a filter.',
  },
  'changes-busy': {
    status: 503,
    retryAfter: 10,
    detail: 'Too many callers wait for changes. Ask again in a moment, or without `wait`.',
    advice: 'Wait for the seconds in `Retry-After`, then repeat the request.',
  },
  'downloads-busy': {
    status: 503,
    retryAfter: 10,
    detail: 'Too many downloads are under way. Try again in a moment.',
    advice: 'Wait for the seconds in `Retry-After`, then repeat the request.',
  },
  'sign-in-busy': {
    status: 503,
    retryAfter: 5,
    detail: 'Too many users are signing in. Try again in a moment.',
    advice: 'Wait for the seconds in `Retry-After`, then repeat the request.',
  },
} as const satisfies Record<string, ProblemTypeInfo>;

export type ProblemType = keyof typeof PROBLEM_TYPES;
export const PROBLEM_TYPE_NAMES = Object.keys(PROBLEM_TYPES) as ProblemType[];

/** The value of `type` in an answer. */
export const problemUri = (type: ProblemType): string => `urn:problem:${type}`;
