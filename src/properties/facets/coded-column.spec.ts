import { expect, it } from '@jest/globals';
import { CodedColumn } from './coded-column.js';

it('keeps every value when more values than two bytes can number are added, and when it grows', () => {
  const column = new CodedColumn<number>(10);
  const count = 2 ** 16 + 5;
  column.grow(count);
  for (let row = 0; row < count; row++) column.set(row, row * 2);
  expect(column.values).toHaveLength(count);
  for (const row of [0, 1, 2 ** 16 - 1, 2 ** 16, count - 1]) expect(column.valueOf(row)).toBe(row * 2);
});

it('gives equal keys one code', () => {
  const column = new CodedColumn<{ name: string }>(2);
  column.set(0, { name: 'Cali' }, 'cali');
  column.set(1, { name: 'Cali' }, 'cali');
  expect(column.values).toHaveLength(1);
});
