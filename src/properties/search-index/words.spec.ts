import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Tables } from '../model/kysely-tables.js';
import { placeTerms, SEARCH_RULES, searchRow } from './search-row.js';
import { hasWord, searchedWord, splitWords, wordsOf } from './words.js';

describe('splitWords', () => {
  it.each([
    ["Calle 23 # 4B-17, Barrio D'Oro", ['calle', '23', '4b', '17', 'barrio', 'd', 'oro']],
    ['ÁRBOL árbol a\u0301rbol', ['arbol', 'arbol', 'arbol']],
    ['ΟΔΟΣ οδός Straße', ['οδοσ', 'οδοσ', 'strasse']],
    ['🏠 %_ --', []],
    ['Nº10-20, 2ª etapa, N°5', ['n', '10', '20', '2', 'etapa', 'n', '5']],
    ['300 m² Ⅳ ﬁnca ＣＡＳＡ', ['300', 'm2', 'iv', 'finca', 'casa']],
    ['\uFEFFpis\u00ADci\u200Bna 10\u206020 👩\u200D🚀', ['piscina', '1020']],
    ['\u3164 \u115F ª º', []],
  ])('%s', (text, words) => {
    expect(splitWords(text)).toEqual(words);
    expect(hasWord(text)).toBe(words.length > 0);
  });
});

describe('wordsOf', () => {
  it('has one token for each word, and one more for a word of the place or the address', () => {
    const property = {
      city: 'La Paz',
      neighbourhood: 'Centro',
      address: 'Calle 5, La Paz',
      description: 'Casa en la calle',
    };
    expect(wordsOf(property)).toBe(
      ' w_la w_paz w_centro w_calle w_5 w_casa w_en p_la p_paz p_centro a_calle a_5 ',
    );
  });

  it('has ASCII tokens that are short enough for the full-text index', () => {
    const words = wordsOf({
      city: '東京',
      neighbourhood: null,
      address: '',
      description: 'ñ'.repeat(300) + 'x'.repeat(300),
    });
    expect(words).toMatch(/^[a-z0-9_ ]*$/);
    for (const token of words.trim().split(' ')) expect(token.length).toBeLessThanOrEqual(84);
  });
});

describe('searchedWord', () => {
  it('is the beginning of a word from three characters on, else a whole word', () => {
    expect(searchedWord('cas').fragments.w).toBe(' w_cas');
    expect(searchedWord('cas').terms.p).toBe('p_cas*');
    expect(searchedWord('la').fragments.w).toBe(' w_la ');
    expect(searchedWord('東京').terms.w).toBe('w__6771__4eac_');
  });
});

describe('the rules of the search tables', () => {
  it('have a version: a change of their results raises SEARCH_RULES, and both values stand here', () => {
    const texts = [
      'Bogotá',
      'Nº10 2ª m² ½',
      'ẞ ς İ',
      '한국 東京',
      'pis\u00ADcina',
      '👩\u200D🚀',
      '\u2800',
      "O´Hara D'Oro",
    ];
    const row = { id: 1, price: 123_456_789, area: null, latitude: 0, longitude: 0 };
    const results = texts.map((text) => {
      const named = {
        ...row,
        city: text,
        neighbourhood: text,
        address: text,
        description: text,
        property_type: text,
      };
      return [
        searchRow({ ...named, status_since: null } as unknown as Selectable<Tables['property']>),
        wordsOf(named),
        placeTerms(text),
      ];
    });
    const digest = createHash('sha256').update(JSON.stringify(results)).digest('hex').slice(0, 16);
    expect([SEARCH_RULES, digest]).toEqual([4, '49e4b392af899658']);
  });
});
