import { describe, expect, it } from '@jest/globals';
import { searchedWord, splitWords, wordsOf } from './words.js';

describe('splitWords', () => {
  it.each([
    ["Calle 23 # 4B-17, Barrio D'Oro", ['calle', '23', '4b', '17', 'barrio', 'd', 'oro']],
    ['ÁRBOL árbol a\u0301rbol', ['arbol', 'arbol', 'arbol']],
    ['ΟΔΟΣ οδός Straße', ['οδοσ', 'οδοσ', 'strasse']],
    ['🏠 %_ --', []],
  ])('%s', (text, words) => expect(splitWords(text)).toEqual(words));
});

describe('wordsOf', () => {
  it('has every word once, and again with the place that weighs most', () => {
    const home = {
      city: 'La Paz',
      neighbourhood: 'Centro',
      address: 'Calle 5, La Paz',
      description: 'Casa en la calle',
    };
    expect(wordsOf(home)).toBe(
      ' w_la w_paz w_centro w_calle w_5 w_casa w_en p_la p_paz p_centro a_calle a_5 ',
    );
  });

  it('is ASCII, and no longer than the full text index takes', () => {
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
  it('is a beginning from three letters on, else a whole word', () => {
    expect(searchedWord('cas').fragments.w).toBe(' w_cas');
    expect(searchedWord('cas').terms.p).toBe('p_cas*');
    expect(searchedWord('la').fragments.w).toBe(' w_la ');
    expect(searchedWord('東京').terms.w).toBe('w__6771__4eac_');
  });
});
