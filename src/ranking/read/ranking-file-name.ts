import { fold } from '../../properties/model/fold.js';
import type { ExportRankingInput } from './dto/ranking.input.js';

const MAX_WORD_LENGTH = 40;
/** More cities would make a name that some file systems refuse: the name then has their number. */
const MAX_CITIES = 2;

/**
 * The name of a download: its list, its filters and the UTC day of its numbers, as in `ranking-likes-30d-bogota-vendido-2026-11-28.csv`. ASCII
 * letters, digits and `-` only, so the name needs no encoding in a header.
 */
export function fileNameOf(input: ExportRankingInput, asOf: number): string {
  const { by, window, city = [], availability, status = [], propertyType = [], excel } = input;
  const list = ['ranking', by, by === 'likes' ? window : ''];
  const cities = new Set(city.map(asciiWordOf));
  const filters = [availability ?? '', ...new Set(status), ...new Set(propertyType)].map(asciiWordOf);
  const place = cities.size > MAX_CITIES ? [`${cities.size}-cities`] : cities;
  const end = [new Date(asOf).toISOString().slice(0, 10), excel ? 'excel' : ''];
  const words = [...list, ...place, ...filters, ...end].filter((word) => word !== '');
  return `${words.join('-')}.csv`;
}

const asciiWordOf = (text: string): string =>
  fold(text)
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_WORD_LENGTH)
    .replaceAll(/^-|-$/g, '');
