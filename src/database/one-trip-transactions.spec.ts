import { describe, expect, it } from '@jest/globals';
import { statement } from './one-trip-transactions.js';

describe('statement', () => {
  it('writes integers, times of the database and parts into the text', () => {
    const part = statement`user_id = ${7}`;
    expect(statement`delete from t where ${part} and at < ${'2026-11-20 10:00:00'}`.text).toBe(
      "delete from t where user_id = 7 and at < '2026-11-20 10:00:00'",
    );
  });

  it.each([
    "1'; drop table property; --",
    '1',
    '',
    "2026-11-20 10:00:00' or '1' = '1",
    '2026-11-20 10:00:00\n',
    1.5,
    Number.NaN,
    Infinity,
    2 ** 53,
    ['1'],
    null,
    { text: '1' },
  ])('refuses %j', (value) => {
    expect(() => statement`select ${value as number}`).toThrow(TypeError);
  });
});
