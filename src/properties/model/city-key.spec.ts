import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cityKey } from './city-key.js';

describe('cityKey', () => {
  it.each([
    ['Cartagena', 'cartagena'],
    ['CARTAGENA ', 'cartagena'],
    [' Belén  de\tUmbría', 'belen de umbria'],
    ['Bele\u0301n de Umbri\u0301a', 'belen de umbria'],
    ['Peñol', 'penol'],
    ['İstanbul', 'istanbul'],
    ['東京', '東京'],
    ['  ', ''],
    ['Bogo\u00ADta\u0301\u200B', 'bogota'],
    ['\uFEFF Ｃａｌｉ　', 'cali'],
    ['Nº2 ª°3', 'n 2 3'],
    ['℃', 'c'],
    ['STRAẞE', 'strasse'],
    ['\u2060\u3164', ''],
    ['\u2800', ''],
    ['º', ''],
  ])('%j is %j', (city, key) => expect(cityKey(city)).toBe(key));

  it('does not change when it is keyed again, and is equal for all normal forms of a text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })), (text) => {
        const key = cityKey(text);
        expect(cityKey(key)).toBe(key);
        for (const form of ['NFC', 'NFD'] as const) expect(cityKey(` ${text.normalize(form)} `)).toBe(key);
      }),
    );
  });

  it('ignores case, for every Unicode character', () => {
    for (let code = 0; code <= 0x10ffff; code++) {
      const letter = `a${String.fromCodePoint(code)}`;
      const key = cityKey(letter);
      if (cityKey(letter.toUpperCase()) !== key || cityKey(letter.toLowerCase()) !== key)
        throw new Error(`U+${code.toString(16)} has several keys`);
    }
  });

  it('is cut between characters at the length of the column', () => {
    expect(cityKey('𠀀'.repeat(70))).toBe('𠀀'.repeat(64));
    expect(cityKey(`${'a'.repeat(63)} b`)).toBe('a'.repeat(63));
  });
});
