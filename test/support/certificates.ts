import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPENSSL } from './optional.js';

/** An authority of the tests. Its files are in a folder of their own. */
export class Authority {
  readonly #folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  /** The file of its own certificate. */
  readonly ca = join(this.#folder, 'ca.pem');

  constructor(name: string) {
    this.#run(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      ...['-keyout', 'ca-key.pem', '-out', this.ca],
    );
  }

  /** Makes or replaces `cert` and `key`, for a server of this host name. */
  issue(host: string): { cert: string; key: string } {
    writeFileSync(join(this.#folder, 'names'), `subjectAltName=DNS:${host}`);
    this.#run(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      `/CN=${host}`,
      '-keyout',
      'key.pem',
      '-out',
      'request',
    );
    this.#run(
      'x509',
      '-req',
      '-in',
      'request',
      '-CA',
      this.ca,
      '-CAkey',
      'ca-key.pem',
      '-CAcreateserial',
      ...['-days', '2', '-extfile', 'names', '-out', 'cert.pem'],
    );
    return { cert: join(this.#folder, 'cert.pem'), key: join(this.#folder, 'key.pem') };
  }

  #run(...options: string[]): void {
    const { status, stderr } = spawnSync(OPENSSL!, options, { cwd: this.#folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }
}
