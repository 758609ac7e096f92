import { readFileSync } from 'node:fs';

const file = new URL('../../package.json', import.meta.url);

/** The version of the service and of its HTTP contract, from package.json. The path is valid from src and from dist. */
export const { version: VERSION } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
