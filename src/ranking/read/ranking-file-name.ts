import { fold } from '../../properties/model/fold.js';
import type { ExportRankingInput } from './dto/ranking.input.js';

const MAX_WORD_LENGTH = 40;
/** Longer lists of values make a file name that some file systems refuse. */
const MAX_WORDS = 8;

/**
 * The name of a download: its list, its filters and its UTC day, as in `ranking-likes-30d-bogota-vendido-2026-11-28.csv`. ASCII
 * letters, digits and `-` only, so the name needs no encoding in a header.
 */
export function fileNameOf(input: ExportRankingInput, at: Date): string {
  const { by, window, city = [], availability, status = [], propertyType = [], excel } = input;
  const list = ['ranking', by, by === 'likes' ? window : ''];
  const filters = [...city, availability ?? '', ...status, ...propertyType];
  const words = [...list, ...filters].map(asciiWordOf).filter((word) => word !== '');
  const end = [at.toISOString().slice(0, 10), ...(excel ? ['excel'] : [])];
  return `${[...words.slice(0, MAX_WORDS), ...end].join('-')}.csv`;
}

const asciiWordOf = (text: string): string =>
  fold(text)
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_WORD_LENGTH)
    .replaceAll(/^-|-$/g, '');
