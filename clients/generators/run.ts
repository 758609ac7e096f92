// Runs the session with every client and counts the steps.
//   node generated/run.js http://localhost:8000
import { adapter as heyApiAxios } from './adapters/hey-api-axios.js';
import { adapter as heyApiFetch } from './adapters/hey-api-fetch.js';
import { adapter as heyApiTanstack } from './adapters/hey-api-tanstack.js';
import { adapter as openapiFetch } from './adapters/openapi-fetch.js';
import { adapter as orvalAxios } from './adapters/orval-axios.js';
import { adapter as orvalFetch } from './adapters/orval-fetch.js';
import { adapter as orvalZod } from './adapters/orval-zod.js';
import { adapter as ownClient } from './adapters/own-client.js';
import { adapter as swaggerTypescriptApi } from './adapters/swagger-typescript-api.js';
import { runSession } from './session.js';

const clients = {
  'own-client': ownClient,
  'openapi-fetch': openapiFetch,
  'hey-api-fetch': heyApiFetch,
  'hey-api-axios': heyApiAxios,
  'hey-api-tanstack': heyApiTanstack,
  'orval-fetch': orvalFetch,
  'orval-axios': orvalAxios,
  'orval-zod': orvalZod,
  'swagger-typescript-api': swaggerTypescriptApi,
};

declare const process: { argv: string[] };
const [baseUrl = 'http://localhost:8000'] = process.argv.slice(2);

let [passed, failed] = [0, 0];
for (const [name, adapter] of Object.entries(clients)) {
  const steps = await runSession(adapter(baseUrl), name);
  for (const { title, error } of steps) if (error) console.error(`${name}: ${title}: ${String(error)}`);
  const refused = steps.filter(({ error }) => error).length;
  failed += refused;
  passed += steps.length - refused;
}
console.log(`${passed} passed, ${failed} failed`);
