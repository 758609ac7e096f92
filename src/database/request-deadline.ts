import { AsyncLocalStorage } from 'node:async_hooks';

/** By `performance.now()`. */
const deadlines = new AsyncLocalStorage<number>();
// A request that is late may still read and roll back.
const WRITES = /^\s*(insert|update|delete|replace|call|commit)\b/i;

/**
 * The request gets a 503, or already has it, so it must not write any more: the caller may have sent another request since.
 */
export class LateRequest extends Error {
  readonly code = 'ETIMEDOUT';

  constructor() {
    super('the request took too long to write');
  }
}

/** Runs `work`, whose statements may write until `deadline` (`performance.now()`) only. It includes all that `work` awaits. */
export function withDeadline(deadline: number, work: () => void): void {
  deadlines.run(deadline, work);
}

/** The deadline of the current request; infinite in a worker or a command. */
export const requestDeadline = (): number => deadlines.getStore() ?? Infinity;

export const isLate = (): boolean => performance.now() >= requestDeadline();

/** Whether the statement must not run because it would write for a request that is late. */
export const isLateWrite = (statement: string): boolean => isLate() && WRITES.test(statement);
