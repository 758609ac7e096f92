/** An outside identity provider, whose access tokens are accepted beside those of the service. */
export interface IdentityProvider {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** The claim that makes staff, and the value that it has or contains; null: no token makes staff. */
  readonly staffClaim: { readonly name: string; readonly value: string } | null;
}

/** Reads JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE and JWT_STAFF_CLAIM: all of the first three, or none. */
export function readIdentityProvider(settings: {
  text(name: string, fallback?: string): string;
  check(name: string, value: string, isValid: boolean, wanted: string): void;
  readonly faults: string[];
}): IdentityProvider | null {
  const names = ['JWT_JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'] as const;
  const [jwksUrl, issuer, audience] = names.map((name) => settings.text(name, '')) as [
    string,
    string,
    string,
  ];
  const claim = settings.text('JWT_STAFF_CLAIM', '');
  settings.check('JWT_JWKS_URL', jwksUrl, isTrustworthy(jwksUrl), 'an https URL (http only for localhost)');
  // The last colon, because the name of a claim may be a URL.
  const [, name, value] = /^(.+):([^:]+)$/.exec(claim) ?? [];
  settings.check(
    'JWT_STAFF_CLAIM',
    claim,
    name !== undefined,
    'a claim and its value, such as roles:habi-staff',
  );
  if (!jwksUrl && !issuer && !audience && !claim) return null;
  for (const [i, text] of [jwksUrl, issuer, audience].entries())
    if (!text)
      settings.faults.push(`${names[i]} is not set, but another setting of the identity provider is`);
  const staffClaim = name === undefined || value === undefined ? null : Object.freeze({ name, value });
  return Object.freeze({ jwksUrl, issuer, audience, staffClaim });
}

function isTrustworthy(text: string): boolean {
  const url = URL.parse(text);
  return (
    url?.protocol === 'https:' ||
    (url?.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname))
  );
}
