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
import type { PrimaryLink } from './cluster/primary-link.js';
import { CachedAnswers } from './cache/cached-answer.js';
import { RequestCounters } from './cache/request-counters.js';
import { Config } from './config/config.js';
import { databaseProblem } from './database/database-errors.js';
import { serveDemoPhotos } from './demo/demo-photos.js';
import { followFailovers } from './database/failover.js';
import { withDeadline } from './database/request-deadline.js';
import { Replicas } from './database/replicas.js';
import { limitStatements } from './database/statement-deadline.js';
import { Admission } from './http/admission.js';
import { answerBrokenRequest } from './http/broken-request.js';
import { keepRequest } from './http/caller.js';
import { compressAnswer } from './http/compression.js';
import { answerConditionally } from './http/conditional-requests.js';
import { NOTHING_ALLOWED } from './http/content-security-policy.js';
import { allowOrigins } from './http/cross-origin.js';
import { allowLongDownloads } from './http/downloads.js';
import { Drain } from './http/drain.js';
import { cleanForwardedFor, trustProxies } from './http/forwarded.js';
import { InputPipe } from './http/input.js';
import { readJsonBodies } from './http/json-bodies.js';
import { loggedPath } from './http/logged-path.js';
import { linkNextPage } from './http/pagination.js';
import { ProblemFilter } from './http/problem.filter.js';
import { limitAllRequests } from './http/rate-limit.js';
import {
  refuseMalformedUrl,
  refuseOtherMethods,
  refuseUnacceptable,
  refuseUnknownPath,
  routableUrl,
} from './http/refusals.js';
import { requestIdOf } from './http/request-id.js';
import { keepTimeLimits } from './http/time-limit.js';
import { createLogger, NestLogger } from './logging.js';
import { STREAMED_ROUTES } from './privacy/privacy.controller.js';
import { MAX_WAIT_SECONDS } from './properties/dto/changes.dto.js';
import { serveRankingPage } from './ranking-page.js';
import { isHealthProbe } from './ops/health-probe.js';
import { SecurityLog } from './security/security-log.js';
import { serveStartPage } from './start-page.js';
import { traceRequests } from './tracing/trace-requests.js';
import { Metrics } from './metrics/metrics.js';
import { MetricsRegistry } from './metrics/metrics-registry.js';

// Shorter than HANDLER_TIMEOUT_MS, so the statement ends first.
const STATEMENT_TIMEOUT_MS = 3_800;
// After this time the caller gets a 503, even while the database still runs the statement.
const HANDLER_TIMEOUT_MS = 4_200;
// A request that has not committed its changes so long before its time limit changes nothing: the commit has time to be answered.
const LAST_COMMIT_MS = 700;
// One is with the database, and the next is ready for its connection.
const REQUESTS_PER_CONNECTION = 2;

const problems = new ProblemFilter(databaseProblem);

/** Creates the whole app for main, tests and scripts. It does not listen yet. */
export async function createApp(
  config: Config,
  logger = createLogger(config.logLevel),
  primary?: PrimaryLink,
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
  return configureApp(app, primary);
}

export function createAdapter(logger: Logger, { trustedProxies }: Config): FastifyAdapter {
  return new FastifyAdapter<RawServerDefault>({
    loggerInstance: logger,
    // logRequest writes one line per request instead.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestIdOf,
    bodyLimit: 1024 * 1024,
    // Time to receive a request.
    requestTimeout: 10_000,
    handlerTimeout: HANDLER_TIMEOUT_MS,
    // While the server closes, requests are still answered; Drain closes their connections afterwards.
    return503OnClosing: false,
    http: {
      // Interval at which Node checks for requests beyond `requestTimeout`.
      connectionsCheckingInterval: 2_000,
      // Node would answer a missing Host header with its own 400; the service does not need the header.
      requireHostHeader: false,
    },
    // A very long id must be a malformed id (400), not an unknown address (404).
    routerOptions: { maxParamLength: 16_384 },
    rewriteUrl: routableUrl,
    clientErrorHandler: answerBrokenRequest,
    skipMiddie: true,
    trustProxy: trustProxies(trustedProxies),
  });
}

/** Adds hooks, pipes, filters and routes, and connects the database pool. */
export async function configureApp(
  app: NestFastifyApplication,
  primary?: PrimaryLink,
): Promise<NestFastifyApplication> {
  const config = app.get(Config);
  const fastify = app.getHttpAdapter().getInstance();
  const metrics = app.get(Metrics);
  if (primary) {
    const registry = app.get(MetricsRegistry);
    registry.readAll = () => primary.metrics();
    primary.open(registry);
  }

  keepTimeLimits(fastify);
  traceRequests(fastify, (request) => !isHealthProbe(request) && request.routeOptions.url !== '/metrics');
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
  const { poolSize, replicaHosts } = config.database;
  app.get(Admission).attach(fastify, REQUESTS_PER_CONNECTION * poolSize * (1 + replicaHosts.length));
  // After the body was read: its reader does not keep the asynchronous context.
  fastify.addHook('preValidation', keepRequest);
  app.get(SecurityLog).attach(fastify);
  await fastify.register(fastifyCookie);
  app.get(Drain).attach(fastify, config.webConcurrency);
  const counters = app.get(RequestCounters);
  if (primary) counters.countInMemory = (...question) => primary.count(...question);
  const defaultLimit = { name: 'default', max: config.rateLimitPerMinute, windowSeconds: 60 };
  limitAllRequests(fastify, { ...defaultLimit, applies: (request) => !isHealthProbe(request) }, counters);
  if (config.services.includes('accounts')) limitSignIn(fastify, config, counters);
  allowLongDownloads(fastify, STREAMED_ROUTES);
  fastify.addHook('onRoute', (route) => {
    if (route.url === '/v1/changes') route.handlerTimeout = HANDLER_TIMEOUT_MS + MAX_WAIT_SECONDS * 1_000;
  });
  fastify.addHook('onRequest', refuseMalformedUrl);
  refuseUnacceptable(fastify);
  fastify.addHook('onRequest', refuseUnknownPath);
  app.get(CachedAnswers).attach(fastify);
  // After the body was read: its events do not have the context of an earlier hook.
  fastify.addHook('preHandler', (request, reply, done) => {
    const { handlerTimeout } = request.routeOptions;
    withDeadline(performance.now() - reply.elapsedTime + handlerTimeout - LAST_COMMIT_MS, done);
  });
  fastify.addHook('preSerialization', linkNextPage);
  fastify.addHook('onSend', answerConditionally);
  fastify.addHook('onSend', compressAnswer);
  readJsonBodies(fastify);

  // Pages send their own policy.
  app.useSecurityHeaders({
    contentSecurityPolicy: { useDefaults: false, directives: NOTHING_ALLOWED },
    xFrameOptions: { action: 'deny' },
  });
  allowOrigins(app, config.corsOrigins);
  app.useGlobalPipes(new InputPipe());
  app.useGlobalFilters(problems);
  const addRefusals = refuseOtherMethods(fastify);
  if (config.docs) serveApiDocs(app);
  if (config.services.includes('ranking')) await serveRankingPage(fastify);
  if (config.demoData) serveDemoPhotos(fastify);
  serveStartPage(fastify, config);
  await app.init();
  addRefusals();
  await fastify.ready();
  // Creates the pool. An unavailable database is not an error here; the first query fails.
  const orm: MikroORM = app.get(MikroORM);
  await orm.connect();
  await limitStatements(orm, STATEMENT_TIMEOUT_MS);
  await followFailovers(orm, config.database.hosts);
  await app.get(Replicas).start(STATEMENT_TIMEOUT_MS);
  return app;
}

function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const { method, url, caller, tokenKind } = request;
  // Successful probes and scrapes come every few seconds; they are logged at debug level only.
  const level = request.routeOptions.url?.startsWith('/v1') || reply.statusCode >= 400 ? 'info' : 'debug';
  request.log[level](
    {
      method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      // Undefined fields are left out.
      callerKind: caller ? (caller.isStaff ? 'staff' : 'user') : 'anonymous',
      tokenKind: caller && tokenKind,
    },
    `${method} ${loggedPath(url)}`,
  );
}
