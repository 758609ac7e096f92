import { describe, expect, it } from '@jest/globals';
import { isPhotoUrl, photosOf, toColumn } from './photo.js';

describe('the address of a photo', () => {
  it.each([
    'https://fotos.example.com/casa 1.jpg'.replace(' ', '%20'),
    'https://example.com:8443/a?b=c#d',
    'HTTPS://Example.com/a.jpg',
    'https://8.8.8.8/a.jpg',
    'https://[2606:4700::1111]/a.jpg',
  ])('may be %s', (url) => {
    expect(isPhotoUrl(url)).toBe(true);
  });

  it.each([
    'http://example.com/a.jpg',
    '//example.com/a.jpg',
    'https:example.com/a.jpg',
    'https://example.com/a b.jpg',
    'https://example.com\\@evil.com/a.jpg',
    'https://ana@example.com/a.jpg',
    'https://localhost/a.jpg',
    'https://fotos.localhost./a.jpg',
    'https://intranet/a.jpg',
    'https://nas.local/a.jpg',
    'https://metadata.google.internal/a.jpg',
    'https://127.0.0.1/a.jpg',
    'https://2130706433/a.jpg',
    'https://0x7f.1/a.jpg',
    'https://10.1.2.3/a.jpg',
    'https://172.31.0.1/a.jpg',
    'https://192.168.0.1/a.jpg',
    'https://169.254.169.254/latest',
    'https://[::1]/a.jpg',
    'https://[fd00::1]/a.jpg',
    'https://[fe80::1]/a.jpg',
    'https://[::ffff:10.0.0.1]/a.jpg',
    'https://[2002:7f00:1::]/a.jpg',
    'https://[2001:0:a00:1::]/a.jpg',
    `https://example.com/${'a'.repeat(1_000)}`,
    'javascript:alert(1)',
    '',
  ])('is not %s', (url) => {
    expect(isPhotoUrl(url)).toBe(false);
  });
});

it('the column keeps order and captions; its first line is the first photo', () => {
  const photos = [
    { url: 'https://example.com/1.jpg', caption: 'Sala\n"amplia"' },
    { url: 'https://example.com/2.jpg', caption: null },
  ];
  const column = toColumn(photos)!;
  expect(photosOf(column)).toEqual(photos);
  expect(photosOf(column.split('\n', 1)[0]!)).toEqual([photos[0]]);
  expect([toColumn([]), toColumn(null), photosOf(null)]).toEqual([null, null, []]);
});
