import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Connections to the database are encrypted. */
export interface DatabaseTls {
  /** PEM of the authorities that may sign the certificate of the server, whose name is then checked, too. Null: not checked. */
  readonly ca: string | null;
}

/**
 * @param text `off`, `required` or the path of a CA file
 * @returns null: not encrypted
 * @throws Error when the file cannot be read or has no certificate
 */
export function readTls(text: string): DatabaseTls | null {
  if (text === 'off') return null;
  if (text === 'required') return Object.freeze({ ca: null });
  const ca = readFileSync(text, 'utf8');
  // Node.js would take a file without a certificate as no authority at all.
  void new X509Certificate(ca);
  return Object.freeze({ ca });
}

/** The option `ssl` of mysql2. */
export function sslOptions(tls: DatabaseTls | null) {
  if (tls === null) return undefined;
  return tls.ca === null ? { rejectUnauthorized: false } : { ca: tls.ca, verifyIdentity: true };
}
