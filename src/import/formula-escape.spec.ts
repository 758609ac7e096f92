import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { escapeFormulas, unescapeFormulas } from './formula-escape.js';

describe('escapeFormulas', () => {
  it.each([
    ['=1', "'=1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@x', "'@x"],
    ['\tx', "'\tx"],
    ['\rx', "'\rx"],
    ['＝1', "'＝1"],
    ["'=1", "''=1"],
    ['a;=1', "a;'=1"],
    ['a, "=1', 'a, "\'=1'],
    ['a\n- b', "a\n'- b"],
    ["it's 1=1", "it's 1=1"],
    ["'x", "'x"],
    ['', ''],
  ])('%j is %j', (cell, safe) => expect(escapeFormulas(cell)).toBe(safe));

  it('is reverted exactly by unescapeFormulas', () => {
    const cell = fc.string({ unit: fc.constantFrom(...'=+-@\t\r\n\'";, x＝') });
    fc.assert(fc.property(cell, (text) => expect(unescapeFormulas(escapeFormulas(text))).toBe(text)));
  });

  it('takes linear time', () => {
    const began = performance.now();
    for (const part of ['\t', "'", ' ', ';', '\t=', ";'="]) {
      const text = `;${part.repeat(300_000)}=`;
      expect(unescapeFormulas(escapeFormulas(text))).toBe(text);
    }
    expect(performance.now() - began).toBeLessThan(4_000);
  });
});
