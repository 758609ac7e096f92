// Starts the service with the key that set-up.mjs has generated.
import { readFileSync } from 'node:fs';

process.env.JWT_SECRET = readFileSync('/app/secrets/jwt-secret', 'utf8');
await import('/app/dist/main.js');
