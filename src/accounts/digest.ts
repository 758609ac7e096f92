import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** 256 random bits, in base64url. */
export const newToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** SHA-256 in hex. The input is random or already a slow hash, so a fast hash without a salt is enough. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
