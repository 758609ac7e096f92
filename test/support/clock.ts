import { jest } from '@jest/globals';
import { needsOwnApp } from './outside.js';

const UNFAKED_FUNCTIONS = [
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

/** Sets `Date` in this process to `time` (milliseconds since 1970). Timers keep real time. */
export function setClock(time: number): void {
  needsOwnApp('the clock of the app');
  jest.useFakeTimers({ doNotFake: [...UNFAKED_FUNCTIONS], now: time });
}

export function realClock(): void {
  jest.useRealTimers();
}
