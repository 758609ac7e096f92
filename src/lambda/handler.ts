import awsLambdaFastify, { type LambdaResponse } from '@fastify/aws-lambda';
import { pino } from 'pino';
import { readConfig, type Service } from '../config/config.js';
import { createApp } from '../create-app.js';
import { createLogger } from '../logging.js';
import { fitAnswer, isBinary } from './answer.js';
import { type HttpApiEvent, withUrl } from './event.js';
import { readSecrets } from './secrets.js';

/** One environment has one request at a time. The second connection is for KILL, and for work behind the answer. */
const POOL_SIZE = '2';

/**
 * Creates the handler of one service for AWS Lambda. It takes the events of an HTTP API (payload format 2.0). It runs no
 * background worker: an environment is frozen between two requests (docs/adr/0019-aws-lambda.md).
 */
export async function createHandler(service: Service) {
  const env = { DATABASE_POOL_SIZE: POOL_SIZE, ...process.env, ...(await readSecrets(process.env)) };
  const config = readConfig({ ...env, SERVICES: service }, { serving: true });
  // Synchronous: a line that is written later would wait until the environment is thawed.
  const app = await createApp(config, createLogger(config.logLevel, pino.destination({ fd: 1, sync: true })));
  // AWS sends SIGTERM to an idle environment that has an extension. `process.exit` would wait for the thread in which the runtime
  // client waits for the next event.
  process.once('SIGTERM', () => void app.close().finally(() => process.kill(process.pid, 'SIGKILL')));

  const answer = awsLambdaFastify<HttpApiEvent>(app.getHttpAdapter().getInstance(), {
    decorateRequest: false,
    parseCommaSeparatedQueryParams: false,
    enforceBase64: isBinary,
  });
  return async (event: HttpApiEvent): Promise<LambdaResponse> =>
    fitAnswer(event.rawPath, await answer(withUrl(event), undefined));
}
