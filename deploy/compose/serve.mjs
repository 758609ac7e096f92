// Starts the service with the key that set-up.mjs has generated.
import { readFileSync } from 'node:fs';

process.env.JWT_SECRET = readFileSync('/app/secrets/jwt-secret', 'utf8');
// @ts-expect-error -- The file is in the image.
await import('/app/dist/main.js');
