// Sign-in with a password in the Authorize dialog. It calls the API's `login` and authorizes with the access token of the answer.

/** @typedef {{ accessToken: string, refreshToken: string }} Tokens */
/** @typedef {{ username: string, password: string }} Credentials */

// Key of the tokens of the last sign-in, in the storage of the tab: it is empty in other tabs and after the tab is closed.
const TOKENS = 'property-service.tokens';
// A token so close to its end counts as expired: it must still be valid when the request arrives.
const MARGIN_MS = 5_000;

/** @param {string} operation @param {object} body @returns {Promise<Response>} */
const call = (operation, body) =>
  fetch(`v1/auth/${operation}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** @param {Response} answer @returns {Promise<string>} the access token */
async function keep(answer) {
  /** @type {Tokens} */
  const { accessToken, refreshToken } = await answer.json();
  sessionStorage.setItem(TOKENS, JSON.stringify({ accessToken, refreshToken }));
  return accessToken;
}

/** @param {string} accessToken @returns {string | undefined} the refresh token of the same sign-in */
function refreshTokenOf(accessToken) {
  /** @type {Tokens | null} */
  const kept = JSON.parse(sessionStorage.getItem(TOKENS) ?? 'null');
  return kept?.accessToken === accessToken ? kept.refreshToken : undefined;
}

/** @param {Credentials} credentials @returns {Promise<string>} the access token @throws Error with a sentence for the user */
async function logIn(credentials) {
  if (!credentials.username || !credentials.password) throw new Error('Enter a username and a password.');
  const answer = await call('login', credentials);
  if (answer.ok) return keep(answer);
  const { detail } = await answer.json().catch(() => ({})); // a proxy may answer with HTML
  throw new Error(detail ?? `The service does not answer (${answer.status}).`);
}

/**
 * @param {string} accessToken
 * @returns {Promise<string | null>} a new access token; null when the sign-in has ended; the same one when it cannot be renewed now
 */
async function renew(accessToken) {
  const refreshToken = refreshTokenOf(accessToken);
  if (refreshToken === undefined) return accessToken; // another tab may have the refresh token
  const answer = await call('refresh', { refreshToken });
  if (answer.ok) return keep(answer);
  return answer.status === 401 ? null : accessToken;
}

/** @param {string} token */
function isExpired(token) {
  try {
    const [, claims = ''] = token.split('.');
    const { exp } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')));
    return exp * 1000 < Date.now() + MARGIN_MS;
  } catch {
    return false; // not a token of ours: the service refuses it
  }
}

/** A refresh token can be used once, so requests at the same time share its renewal. @type {Promise<string | null> | undefined} */
let renewal;

/**
 * Swagger UI's `requestInterceptor`: renews an expired access token before the request. When the sign-in has ended, the request
 * is sent without a token, and the dialog asks for a sign-in again. When the token cannot be renewed now, the request is sent as
 * it is, and its 401 is shown.
 * @param {any} request
 * @param {() => any} getSystem
 */
export async function withFreshToken(request, getSystem) {
  const [, token] = /^Bearer (.+)$/.exec(request.headers?.Authorization ?? '') ?? [];
  if (token === undefined || !isExpired(token)) return request;
  renewal ??= renew(token).finally(() => (renewal = undefined));
  const fresh = await renewal;
  if (fresh === token) return request;
  const { authActions, authSelectors } = getSystem();
  for (const [name, { schema, value }] of Object.entries(authSelectors.authorized().toJS()))
    if (value === token && fresh === null) authActions.logoutWithPersistOption([name]);
    else if (value === token)
      authActions.authorizeWithPersistOption({ [name]: { name, schema, value: fresh } });
  if (fresh === null) delete request.headers.Authorization;
  else request.headers.Authorization = `Bearer ${fresh}`;
  return request;
}

/**
 * The demo accounts, which are examples of `login` in the document when the database has them.
 * @param {any} specSelectors
 * @returns {Credentials[]}
 */
function demoAccounts(specSelectors) {
  const { post } = specSelectors.specJson().toJS().paths?.['/v1/auth/login'] ?? {};
  const examples = Object.values(post?.requestBody?.content?.['application/json']?.examples ?? {});
  return examples
    .filter((/** @type {any} */ it) => it['x-demo-account'])
    .map((/** @type {any} */ it) => it.value);
}

/** @param {any} props */
function PasswordFields({
  React: { createElement: h, useEffect, useState },
  name,
  schema,
  onChange,
  system,
}) {
  const [credentials, setCredentials] = useState({ username: '', password: '' });
  // So that the dialog's button also signs in, or complains, when nothing was entered.
  useEffect(() => {
    system.errActions.clear({ authId: name });
    onChange({ name, schema, value: credentials });
  }, []);
  /** @param {Credentials} value */
  const enter = (value) => {
    setCredentials(value);
    // The dialog hands it to `authorizeWithPersistOption` when its form is sent.
    onChange({ name, schema, value });
  };
  /** @param {'username' | 'password'} key @param {string} label @param {object} attributes */
  const field = (key, label, attributes) =>
    h(
      'label',
      null,
      label,
      h('input', {
        name: key,
        value: credentials[key],
        onChange: (/** @type {any} */ { target }) => enter({ ...credentials, [key]: target.value }),
        ...attributes,
      }),
    );
  const accounts = demoAccounts(system.specSelectors);
  const fill = (/** @type {Credentials} */ account) =>
    h('button', { type: 'button', key: account.username, onClick: () => enter(account) }, account.username);
  return h(
    'div',
    { className: 'password-sign-in' },
    field('username', 'Username', { type: 'text', autoComplete: 'username', autoFocus: true }),
    field('password', 'Password', { type: 'password', autoComplete: 'current-password' }),
    accounts.length > 0 && h('p', null, 'Fill in a demo account: ', accounts.map(fill)),
  );
}

/**
 * Plugin: the form of the bearer scheme takes a username and a password, or a token.
 * @param {any} system
 */
export function passwordSignIn({ React }) {
  const { createElement: h } = React;
  return {
    wrapComponents: {
      HttpAuth: (/** @type {any} */ HttpAuth, /** @type {any} */ system) => (/** @type {any} */ props) => {
        const { schema, name, authorized, errSelectors } = props;
        if (schema.get('scheme') !== 'bearer' || authorized?.get(name)) return h(HttpAuth, props);
        const faults = errSelectors
          .allErrors()
          .filter((/** @type {any} */ fault) => fault.get('authId') === name);
        // The faults are shown once, above.
        const noErrors = { allErrors: () => faults.clear() };
        return h(
          'div',
          null,
          h(PasswordFields, { React, system, ...props }),
          faults.map((/** @type {any} */ fault) => h('p', { role: 'alert' }, fault.get('message'))).toArray(),
          h(
            'details',
            null,
            h('summary', null, 'Use an access token instead'),
            h(HttpAuth, { ...props, errSelectors: noErrors }),
          ),
        );
      },
    },
    statePlugins: {
      auth: {
        wrapActions: { authorizeWithPersistOption: signInBefore, logout: signOutBefore },
        wrapSelectors: { definitionsToAuthorize: withoutCookies },
      },
    },
  };
}

/** @param {(auths: object) => void} authorize @param {any} system */
const signInBefore =
  (authorize, { authActions, errActions }) =>
  async (/** @type {Record<string, any>} */ auths) => {
    for (const [name, auth] of Object.entries(auths)) {
      if (auth.value?.username === undefined) continue;
      errActions.clear({ authId: name });
      try {
        auths = { ...auths, [name]: { ...auth, value: await logIn(auth.value) } };
        authActions.showDefinitions(false);
      } catch (error) {
        const { message } = /** @type {Error} */ (error);
        errActions.newAuthErr({ authId: name, source: 'auth', level: 'warning', message });
        return;
      }
    }
    authorize(auths);
  };

/** Ends and removes the refresh token of a sign-in. @param {(names: string[]) => void} logout @param {any} system */
const signOutBefore =
  (logout, { authSelectors }) =>
  (/** @type {string[]} */ names) => {
    for (const name of names) {
      const refreshToken = refreshTokenOf(authSelectors.authorized().getIn([name, 'value']));
      if (refreshToken === undefined) continue;
      void call('logout', { refreshToken });
      sessionStorage.removeItem(TOKENS);
    }
    return logout(names);
  };

/** The service sets its cookies, and scripts can neither read nor set them. @param {(state: any) => any} definitions */
const withoutCookies = (definitions) => (/** @type {any} */ state) =>
  definitions(state)?.filterNot((/** @type {any} */ definition) =>
    definition.some((/** @type {any} */ schema) => schema.get('in') === 'cookie'),
  );
