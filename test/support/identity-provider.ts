import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { Provider } from 'oidc-provider';

export const AUDIENCE = 'https://api.example';
export const TOKEN_SECONDS = 3_600;
export type Algorithm = 'RS256' | 'ES256' | 'EdDSA' | 'PS256';

/** A new key that signs by the algorithm, as private JWK. */
export function newKey(alg: Algorithm, kid: string): JsonWebKey & { kid: string } {
  const options = { namedCurve: 'P-256', modulusLength: 2_048 };
  const type = { RS256: 'rsa', PS256: 'rsa', ES256: 'ec', EdDSA: 'ed25519' }[alg];
  const { privateKey } = generateKeyPairSync(type as 'rsa', options);
  return { ...privateKey.export({ format: 'jwk' }), alg, kid, use: 'sig' };
}

/** An OpenID Connect server in this process. Its clients get access tokens for themselves: the id of the client is the subject. */
export class TestIdentityProvider {
  #server: Server;
  #handler: ReturnType<Provider['callback']>;
  /** Requests for the keys. */
  keyRequests = 0;

  private constructor(readonly port: number) {}

  /** @param port 0: a free one */
  static async start(keys: JsonWebKey[], port = 0): Promise<TestIdentityProvider> {
    const server = createServer();
    await once(server.listen(port, '127.0.0.1'), 'listening');
    const provider = new TestIdentityProvider((server.address() as AddressInfo).port);
    provider.#server = server;
    provider.useKeys(keys);
    server.on('request', (request, response) => {
      if (request.url === '/jwks') provider.keyRequests++;
      if (request.url === '/moved') response.writeHead(302, { location: '/jwks' }).end();
      else void provider.#handler(request, response);
    });
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  useKeys(keys: JsonWebKey[]): void {
    const { alg } = keys[0] as { alg: Algorithm };
    const client = (id: string) => ({
      client_id: id,
      client_secret: 'of-the-tests',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: alg,
    });
    // It warns that it keeps its data in memory.
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
    const provider = new Provider(this.issuer, {
      clients: ['ana', 'boss', 'luis'].map(client),
      jwks: { keys },
      extraTokenClaims: (_, token) => ({
        roles: token.clientId === 'boss' ? ['habi-staff', 'other'] : ['other'],
      }),
      ttl: { ClientCredentials: TOKEN_SECONDS },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_, audience) => ({
            scope: '',
            audience,
            accessTokenTTL: TOKEN_SECONDS,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg } },
          }),
        },
      },
    });
    this.#handler = provider.callback();
    warn.mockRestore();
  }

  async tokenOf(client: string, audience = AUDIENCE): Promise<string> {
    const response = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client}:of-the-tests`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }),
    });
    const body = (await response.json()) as { access_token?: string };
    if (body.access_token === undefined) throw new Error(JSON.stringify(body));
    return body.access_token;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    await once(this.#server.close(), 'close');
  }
}
