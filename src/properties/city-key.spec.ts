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
  ])('%j is %j', (city, key) => expect(cityKey(city)).toBe(key));

  it('is its own key, whatever the text, and the same in every normal form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const key = cityKey(text);
        expect(cityKey(key)).toBe(key);
        for (const form of ['NFC', 'NFD'] as const) expect(cityKey(` ${text.normalize(form)} `)).toBe(key);
      }),
    );
  });
});
