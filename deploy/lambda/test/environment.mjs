// An environment of AWS Lambda: AWS's runtime interface client in a process, and the Runtime API that it talks to.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const CLIENT = fileURLToPath(import.meta.resolve('aws-lambda-ric'));
/** Lambda refuses longer events and answers. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
const INVOCATION_MS = 29_000;
const PATH =
  /^\/2018-06-01\/runtime\/(?:init\/(?<init>error)|invocation\/(?<next>next)|invocation\/(?<id>[^/]+)\/(?<kind>response|error))$/;

/** @typedef {{ statusCode: number, headers: Record<string, string>, body: string, isBase64Encoded: boolean, cookies?: string[] }} Answer */

export class LambdaEnvironment {
  #output = '';
  #count = 0;
  #hasEnded = false;
  /** The events that wait for the process. @type {[id: string, event: object][]} */
  #events = [];
  /** The response to a process that waits for an event. @type {import('node:http').ServerResponse | null} */
  #waiting = null;
  /** @type {Map<string, PromiseWithResolvers<Answer>>} */
  #invocations = new Map();
  startedAt = performance.now();

  /** @param {import('node:http').Server} server the Runtime API @param {string} folder @param {string} service @param {NodeJS.ProcessEnv} env */
  constructor(server, folder, service, env) {
    server.on('request', (request, response) => void this.#serve(request, response));
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    this.process = spawn(process.execPath, [CLIENT, `dist/lambda/${service}.handler`], {
      cwd: folder,
      env: {
        ...env,
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
        AWS_LAMBDA_FUNCTION_NAME: service,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/test',
        AWS_LAMBDA_LOG_STREAM_NAME: 'test',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        LAMBDA_TASK_ROOT: folder,
        _HANDLER: `dist/lambda/${service}.handler`,
      },
    });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.on('data', (/** @type {Buffer} */ chunk) => (this.#output += chunk));
    this.ended = once(this.process, 'close').then(([code]) => {
      for (const { reject } of this.#invocations.values())
        reject(new Error(`the process ended with ${code}: ${this.#output}`));
      server.close();
      this.#hasEnded = true;
      return code;
    });
  }

  /** @param {string} folder of the function's code @param {string} service @param {NodeJS.ProcessEnv} env */
  static async start(folder, service, env) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new LambdaEnvironment(server, folder, service, env);
  }

  get output() {
    return this.#output;
  }

  /** Sends one event. @param {object} event @returns {Promise<Answer>} @throws what the handler or the runtime reports */
  async invoke(event) {
    if (this.#hasEnded) throw new Error(`the process has ended: ${this.#output}`);
    const id = `invocation-${++this.#count}`;
    const invocation = Promise.withResolvers();
    this.#invocations.set(id, invocation);
    this.#events.push([id, event]);
    this.#sendNext();
    return invocation.promise;
  }

  #sendNext() {
    const next = this.#waiting && this.#events.shift();
    if (!next) return;
    const [id, event] = next;
    this.#waiting?.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': id,
      'lambda-runtime-deadline-ms': String(Date.now() + INVOCATION_MS),
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:123456789012:function:test',
    });
    this.#waiting?.end(JSON.stringify(event));
    this.#waiting = null;
  }

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async #serve(request, response) {
    const { next, id = '', kind } = PATH.exec(request.url ?? '')?.groups ?? {};
    if (next) {
      this.#waiting = response;
      return this.#sendNext();
    }
    const body = Buffer.concat(await request.toArray());
    const invocations = id ? [this.#invocations.get(id)] : [...this.#invocations.values()];
    const isTooLong = body.length > MAX_PAYLOAD_BYTES;
    if (kind === 'response' && !isTooLong) invocations[0]?.resolve(JSON.parse(String(body)));
    else
      for (const each of invocations)
        each?.reject(new Error(isTooLong ? 'the answer is too long' : String(body)));
    this.#invocations.delete(id);
    response.writeHead(isTooLong ? 413 : 202, { 'content-type': 'application/json' }).end('{}');
  }
}
