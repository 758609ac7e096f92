// Events as an HTTP API of API Gateway sends them (payload format 2.0).

/**
 * @typedef {object} Options
 * @property {string} [method]
 * @property {Record<string, string>} [headers]
 * @property {string[]} [cookies]
 * @property {string} [body]
 * @property {boolean} [base64]
 * @property {string} [stage]
 */

/** @param {string} url @param {Options} [options] */
export function eventOf(
  url,
  { method = 'GET', headers = {}, cookies, body, base64 = false, stage = '$default' } = {},
) {
  const [path = '', rawQueryString = ''] = url.split('?', 2);
  const rawPath = decodeURIComponent(stage === '$default' ? path : `/${stage}${path}`);
  /** @type {Record<string, string>} */
  const parameters = {};
  for (const [name, value] of new URLSearchParams(rawQueryString))
    parameters[name] = name in parameters ? `${parameters[name]},${value}` : value;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    ...(cookies && { cookies }),
    headers: {
      'content-length': String(Buffer.byteLength(body ?? '')),
      host: 'r3pmxmplak.execute-api.us-east-2.amazonaws.com',
      'user-agent': 'curl/8.14.1',
      'x-amzn-trace-id': 'Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e',
      'x-forwarded-for': '205.255.255.176',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
      ...headers,
    },
    ...(rawQueryString && { queryStringParameters: parameters }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'r3pmxmplak',
      domainName: 'r3pmxmplak.execute-api.us-east-2.amazonaws.com',
      domainPrefix: 'r3pmxmplak',
      http: {
        method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: '205.255.255.176',
        userAgent: 'curl/8.14.1',
      },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: '$default',
      stage,
      time: '10/Mar/2026:05:16:23 +0000',
      timeEpoch: 1583817383220,
    },
    ...(body !== undefined && { body: base64 ? Buffer.from(body).toString('base64') : body }),
    isBase64Encoded: base64,
  };
}

/** The body of an answer. @param {import('./environment.mjs').Answer} answer */
export const bytesOf = ({ body, isBase64Encoded }) =>
  Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
