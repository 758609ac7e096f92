import { searchBox } from './search.js';
import { passwordSignIn, withFreshToken } from './sign-in.js';

// The page loads swagger-ui-bundle.js first, which defines this global variable.
const { SwaggerUIBundle } = /** @type {any} */ (globalThis);

const ui = SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  persistAuthorization: true,
  filter: true,
  // The schemas at the end of the page are closed.
  defaultModelsExpandDepth: 0,
  plugins: [searchBox, passwordSignIn],
  requestInterceptor: (/** @type {any} */ request) => withFreshToken(request, () => ui.getSystem()),
});
