import fastifyCookie from '@fastify/cookie';
import 'reflect-metadata';
import { MikroORM } from '@mikro-orm/mysql';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest, LogController, type RawServerDefault } from 'fastify';
import type { Logger } from 'pino';
import { serveApiDocs } from './api-docs.js';
import { AppModule } from './app.module.js';
import { limitSignIn } from './accounts/sign-in-limits.js';
import { SharedRedis } from './cache/redis.module.js';
import { Config } from './config/config.js';
import { databaseProblem } from './database/database-errors.js';
import { followFailovers } from './database/failover.js';
import { limitStatements } from './database/statement-deadline.js';
import { answerBrokenRequest } from './http/broken-request.js';
import { compressAnswer } from './http/compression.js';
import { answerConditionally } from './http/conditional-requests.js';
import { allowOrigins } from './http/cross-origin.js';
import { allowLongDownloads } from './http/downloads.js';
import { Drain } from './http/drain.js';
import { cleanForwardedFor, trustProxies } from './http/forwarded.js';
import { InputPipe } from './http/input.js';
import { readJsonBodies } from './http/json-bodies.js';
import { linkNextPage } from './http/pagination.js';
import { ProblemFilter } from './http/problem.filter.js';
import { limitRate } from './http/rate-limit.js';
import {
  refuseMalformedUrl,
  refuseOtherMethods,
  refuseUnacceptable,
  refuseUnknownPath,
  routableUrl,
} from './http/refusals.js';
import { requestIdOf } from './http/request-id.js';
import { createLogger, NestLogger } from './logging.js';
import { serveRankingPage } from './ranking-page.js';
import { isHealthProbe } from './ops/health-probe.js';
import { serveStartPage } from './start-page.js';
import { Metrics } from './metrics/metrics.js';

// Within the time that a request has.
const STATEMENT_MS = 3_800;

const problems = new ProblemFilter(databaseProblem);

/** The whole app, as main, tests and scripts start it; it does not listen yet. */
export async function createApp(
  config: Config,
  logger = createLogger(config.logLevel),
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(config),
    createAdapter(logger, config),
    {
      logger: new NestLogger(logger),
      bodyParser: false,
      abortOnError: false,
    },
  );
  return configureApp(app);
}

export function createAdapter(logger: Logger, { trustedProxies }: Config): FastifyAdapter {
  return new FastifyAdapter<RawServerDefault>({
    loggerInstance: logger,
    // One line a request, see logRequest.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestIdOf,
    bodyLimit: 1024 * 1024,
    // To receive a request, and to answer it: beyond, the caller gets a 503 while the database may still think.
    requestTimeout: 10_000,
    handlerTimeout: 4_200,
    // A request that arrives while the server closes is answered; its connection ends with the answer (see Drain).
    return503OnClosing: false,
    http: {
      // How often Node looks for requests that take too long to arrive.
      connectionsCheckingInterval: 2_000,
      // Node would refuse a request without a Host in its own way; nothing here depends on it.
      requireHostHeader: false,
    },
    // An id of any length is a malformed id (400), not an unknown address.
    routerOptions: { maxParamLength: 16_384 },
    rewriteUrl: routableUrl,
    clientErrorHandler: answerBrokenRequest,
    skipMiddie: true,
    trustProxy: trustProxies(trustedProxies),
  });
}

/** Everything around the routes, then the routes. */
export async function configureApp(app: NestFastifyApplication): Promise<NestFastifyApplication> {
  const config = app.get(Config);
  const fastify = app.getHttpAdapter().getInstance();
  const metrics = app.get(Metrics);

  if (config.trustedProxies.length > 0) fastify.addHook('onRequest', cleanForwardedFor);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    metrics.observe(request, reply);
    logRequest(request, reply);
    done();
  });
  await fastify.register(fastifyCookie);
  app.get(Drain).attach(fastify);
  const redis = app.get(SharedRedis).client;
  const everything = { name: 'default', max: config.rateLimitPerMinute, windowSeconds: 60 };
  limitRate(fastify, { ...everything, applies: (request) => !isHealthProbe(request) }, redis);
  limitSignIn(fastify, config, redis);
  allowLongDownloads(fastify);
  fastify.addHook('onRequest', refuseMalformedUrl);
  fastify.addHook('onRequest', refuseUnacceptable);
  fastify.addHook('onRequest', refuseUnknownPath);
  fastify.addHook('preSerialization', linkNextPage);
  fastify.addHook('onSend', answerConditionally);
  fastify.addHook('onSend', compressAnswer);
  readJsonBodies(fastify);

  // Over plain http the browser would ask for Swagger UI's files by https.
  app.useSecurityHeaders({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } });
  allowOrigins(app, config.corsOrigins);
  app.useGlobalPipes(new InputPipe());
  app.useGlobalFilters(problems);
  const addRefusals = refuseOtherMethods(fastify);
  if (config.docs) serveApiDocs(app);
  await serveRankingPage(fastify);
  serveStartPage(fastify, config);
  await app.init();
  addRefusals();
  await fastify.ready();
  // Makes the pool; a database that is away is no error yet, the first query will tell.
  const orm: MikroORM = app.get(MikroORM);
  await orm.connect();
  await limitStatements(orm, STATEMENT_MS);
  await followFailovers(orm);
  return app;
}

function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const { method, url } = request;
  const path = url.split('?', 1)[0];
  // Probes and scrapes come every few seconds and say nothing.
  const level = request.routeOptions.url?.startsWith('/v1') || reply.statusCode >= 400 ? 'info' : 'debug';
  request.log[level](
    {
      route: request.routeOptions.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    },
    `${method} ${path}`,
  );
}
