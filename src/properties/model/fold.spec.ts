import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dropIgnorable } from '../../text/visible.js';
import { fold } from './fold.js';

describe('fold', () => {
  it.each([
    ['zero width spaces between runs of marks', `${'\u0301\u0323'.repeat(15)}\u200B`],
    ['one run of marks', '\u0301\u0323'],
    ['halfwidth sound marks, which are letters', '\uFF9E\u0323'],
    ['iota subscripts between marks', '\u0345\u0301'],
  ])('takes linear time for %s', (_, part) => {
    const text = `a${part.repeat(100_000 / part.length)}`;
    const began = performance.now();
    expect(fold(text)).toMatch(/^aι*$/);
    // The budget is 50 ms; times four for a busy machine.
    expect(performance.now() - began).toBeLessThan(200);
  });

  it('makes the same of every text as when the marks go after normalisation', () => {
    const slow = (text: string): string =>
      dropIgnorable(text)
        .replace(/[ºª]/g, ' ')
        .normalize('NFKD')
        .replace(/°/g, ' ')
        .toLowerCase()
        .toUpperCase()
        .normalize('NFD')
        .replace(/\p{M}+/gu, '')
        .toLowerCase()
        .replace(/ς/g, 'σ');
    const unit = fc.oneof(
      fc.constantFrom(...'aéΐΣςİẞº°\u0301\u0323\u0345\u200B\uFF9E\uFF76\u0E33한\u3099'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (text) => expect(fold(text)).toBe(slow(text))),
      { numRuns: 2_000 },
    );
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code);
      if (/[\p{Cn}\p{Co}\p{Cs}]/u.test(character)) continue;
      const text = `Σ${character}\u0345`;
      if (fold(text) !== slow(text)) throw new Error(`U+${code.toString(16)} is folded in another way`);
    }
  });
});
