import { describe, expect, it } from '@jest/globals';
import { dropIgnorable, isBlank } from './visible.js';

describe('isBlank', () => {
  it.each([
    ['', 'the empty text'],
    [' \t\r\n\u00A0\u3000', 'white space'],
    ['\u200B\u200C\u200D\u200E\u2060\uFEFF', 'zero width characters'],
    ['\u00AD', 'a soft hyphen'],
    ['\u3164\u115F\uFFA0', 'Hangul fillers, which are letters for Unicode'],
    ['\uFE0F\u{E0100}', 'variation selectors'],
    ['\u2800', 'an empty braille cell'],
    ['\u0301', 'a mark without a letter'],
    ['\0\u0007\u0085', 'control characters'],
  ])('%j is blank: %s', (text) => expect(isBlank(text)).toBe(true));

  it.each(['a', '.', '\u200B-', 'º', '東', '👩‍🚀', ' e\u0301', '٣', '\u{10FFFF}'])('%j is not', (text) =>
    expect(isBlank(text)).toBe(false),
  );
});

describe('dropIgnorable', () => {
  it('leaves all that can be seen', () => {
    expect(dropIgnorable('\uFEFFpis\u00ADci\u200Bna\u2060 1\uFE0F')).toBe('piscina 1');
  });
});
