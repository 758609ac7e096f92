// orval writes the address of the service into the functions that use `fetch`.
const input = '../../docs/openapi.json';
const output = (client) => ({ target: `generated/orval-${client}/api.ts`, client, mode: 'single' });

export default {
  fetch: { input, output: { ...output('fetch'), baseUrl: process.env.BASE_URL ?? 'http://localhost:8000' } },
  axios: { input, output: output('axios') },
  zod: { input, output: output('zod') },
};
