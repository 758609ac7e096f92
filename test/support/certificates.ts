import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPENSSL } from './optional.js';

const NEW_KEY = '-newkey rsa:2048 -nodes';
const SIGN = '-req -in request -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile names';

/** A certificate authority of the tests. Its files are in a folder of their own. */
export class Authority {
  readonly #folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  /** The file of its own certificate. */
  readonly ca = join(this.#folder, 'ca.pem');

  /** @param name one word */
  constructor(name: string) {
    this.#openssl(`req -x509 ${NEW_KEY} -days 2 -subj /CN=${name} -keyout ca-key.pem -out ca.pem`);
  }

  /** Makes or replaces `cert` and `key`, for a server of this host name. */
  issue(host: string): { cert: string; key: string } {
    writeFileSync(join(this.#folder, 'names'), `subjectAltName=DNS:${host}`);
    this.#openssl(`req ${NEW_KEY} -subj /CN=${host} -keyout key.pem -out request`);
    this.#openssl(`x509 ${SIGN} -out cert.pem`);
    return { cert: join(this.#folder, 'cert.pem'), key: join(this.#folder, 'key.pem') };
  }

  #openssl(options: string): void {
    const { status, stderr } = spawnSync(OPENSSL!, options.split(' '), {
      cwd: this.#folder,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
  }
}
