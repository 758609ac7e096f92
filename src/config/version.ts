import { readFileSync } from 'node:fs';

const file = new URL('../../package.json', import.meta.url);

/** The version in package.json. The path is valid from src/config/ and from dist/config/. */
export const { version: VERSION } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
