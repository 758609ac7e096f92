import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem, type ProblemError, toProblemError } from './problem.js';
import type { ProblemType } from './problem-types.js';

declare module 'fastify' {
  interface FastifyReply {
    /** The type of the problem that is answered. */
    problemType?: ProblemType;
  }
}

/** Turns every error, of services, pipes, Nest and Fastify, into a problem answer. Logs errors with status 500 and above. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  /** @param translate maps errors of the database to problems; undefined: it does not know the error */
  constructor(private readonly translate: (error: unknown) => ProblemError | undefined) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = this.translate(error) ?? toProblemError(error);
    if (problem.status >= 500) request.log.error({ err: problem.options.cause ?? error }, problem.detail);
    if (!reply.sent) sendProblem(problem, request, reply);
  }
}

export function sendProblem(problem: ProblemError, request: FastifyRequest, reply: FastifyReply): void {
  reply.problemType = problem.type;
  void reply
    .code(problem.status)
    .headers({ 'cache-control': 'no-store', ...problem.options.headers })
    .type('application/problem+json')
    .send(JSON.stringify(Problem.from(problem, request)));
}
