import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { nameKey } from './name-key.js';

/** Lifetime of the cookie, in seconds. */
export const DEVICE_SECONDS = 180 * 24 * 3_600;
const ID_BYTES = 16;

/**
 * Recognises a device on which a user has signed in: `id.expiry.signature`, where the signature also covers the username. The cookie
 * gives no access. It lets its device count its own failures only, so that strangers cannot delay the user there (OWASP, "Device cookies").
 */
@Injectable()
export class DeviceCookies {
  readonly #keys: readonly string[];

  constructor({ jwtSecret, jwtSecretPrevious }: Config) {
    this.#keys = [jwtSecret, jwtSecretPrevious].filter((key) => key !== null);
  }

  /** The cookie after a sign-in: it keeps the id of a known device. */
  renew(cookie: string | undefined, username: string): string {
    const id = this.verify(cookie, username);
    const [key] = this.#keys;
    if (key === undefined) throw new Error('JWT_SECRET is not set: this process cannot sign cookies.');
    const content = `${id ?? randomBytes(ID_BYTES).toString('base64url')}.${nowSeconds() + DEVICE_SECONDS}`;
    return `${content}.${signature(key, content, username)}`;
  }

  /** @returns the id of the device; null when the cookie is absent, forged, expired or of another user */
  verify(cookie: string | undefined, username: string): string | null {
    const [, content, id, expiry, signed] = /^(([\w-]+)\.(\d{1,12}))\.([\w-]{43})$/.exec(cookie ?? '') ?? [];
    if (content === undefined || id === undefined || Number(expiry) < nowSeconds()) return null;
    const isGenuine = this.#keys.some((key) =>
      timingSafeEqual(Buffer.from(signed!), Buffer.from(signature(key, content, username))),
    );
    return isGenuine ? id : null;
  }
}

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

// The key is used for nothing else, so no other signature of the service can pass as one of a device.
const signature = (key: string, content: string, username: string): string =>
  createHmac('sha256', createHmac('sha256', key).update('device cookie').digest())
    .update(`${content}.${nameKey(username)}`)
    .digest('base64url');
