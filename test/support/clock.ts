import { jest } from '@jest/globals';

const REAL = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

/** Sets what `Date` says in this process; timers go on as they do. */
export function setClock(time: number): void {
  jest.useFakeTimers({ doNotFake: [...REAL], now: time });
}

export function realClock(): void {
  jest.useRealTimers();
}
