import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { Problem, problemFor } from './problem.js';

const STATUS_BY_ERROR_CODE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Fastify's `clientErrorHandler`: answers bytes that are not HTTP, too large or too slow. There is no request object yet, so
 * the problem is written directly to the socket.
 */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  // An earlier request on this connection still waits for its response. The client would take ours for that response.
  const pendingResponse = (socket as Socket & { _httpMessage?: unknown })._httpMessage;
  if (error.code === 'ECONNRESET' || !socket.writable || pendingResponse) {
    socket.destroy();
    return;
  }
  const id = randomUUID();
  const problem = Problem.from(problemFor(STATUS_BY_ERROR_CODE[error.code ?? ''] ?? 400), {
    originalUrl: '',
    id,
  });
  const body = JSON.stringify(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${problem.title}`,
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(body)}`,
      'cache-control: no-store',
      `x-request-id: ${id}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
