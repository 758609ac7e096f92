import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem, type ProblemError, toProblemError } from './problem.js';

/** The one place where an error becomes an answer, whoever threw it: a service, a pipe, Nest or Fastify. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  /** @param translate gives the problem of errors that belong to a technology, such as a database that is away. */
  constructor(private readonly translate: (error: unknown) => ProblemError | undefined) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = this.translate(error) ?? toProblemError(error);
    if (problem.status >= 500) request.log.error({ err: problem.options.cause ?? error }, problem.detail);
    if (reply.sent) return;
    void reply
      .code(problem.status)
      .headers({ 'cache-control': 'no-store', ...problem.options.headers })
      .type('application/problem+json')
      .send(JSON.stringify(Problem.from(problem, request)));
  }
}
