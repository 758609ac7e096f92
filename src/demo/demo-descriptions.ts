import { DWELLING_FEATURES } from './demo-features.js';
import { wordingOf, type Phrase, type Wording } from './demo-spanish.js';
import { PHRASE_SETS, PLAIN_CLOSERS, type PhraseSet } from './demo-texts-other.js';
import {
  BUSINESS_SURROUNDINGS,
  DWELLING_CLOSERS,
  DWELLING_LAYOUTS,
  DWELLING_OPENERS,
  DWELLING_SUMMARIES,
  nearby,
  STUDIO_LAYOUTS,
  SURROUNDINGS,
} from './demo-texts.js';
import type { DemoProperty } from './demo-types.js';
import type { Random } from './random.js';

/** One to five sentences in the style of Colombian classified advertisements. */
export function demoDescription(random: Random, property: DemoProperty): string {
  const wording = wordingOf(random, property);
  const length = random.weighted([[1, 8], [2, 22], [3, 32], [4, 26], [5, 12]] as const); // prettier-ignore
  const { type } = property;
  const sentences =
    type === 'apartment' || type === 'house' || type === 'studio'
      ? dwellingSentences(random, wording, length)
      : otherSentences(random, wording, length, PHRASE_SETS[type]);
  return sentences.join(' ');
}

function dwellingSentences(random: Random, wording: Wording, length: number): string[] {
  const text: string[] = [];
  const layouts = wording.property.type === 'studio' ? STUDIO_LAYOUTS : DWELLING_LAYOUTS;
  if (length === 1 || random.chance(0.45)) {
    append(text, 1, DWELLING_SUMMARIES, wording, random);
  } else {
    append(text, 1, DWELLING_OPENERS, wording, random);
    append(text, 1, layouts, wording, random);
  }
  appendRest(text, length, { details: DWELLING_FEATURES, closers: DWELLING_CLOSERS }, wording, random);
  return text;
}

function otherSentences(random: Random, wording: Wording, length: number, phrases: PhraseSet): string[] {
  const text: string[] = [];
  append(text, 1, phrases.openers, wording, random);
  appendRest(text, length, { details: phrases.details, closers: PLAIN_CLOSERS }, wording, random);
  return text;
}

/** Appends details of the property, then its surroundings. Longer texts end with a call to the buyer. */
function appendRest(
  text: string[],
  length: number,
  { details, closers }: { details: readonly Phrase[]; closers: readonly Phrase[] },
  wording: Wording,
  random: Random,
): void {
  const missing = length - text.length;
  const withSurroundings = missing > 1 || (missing === 1 && random.chance(0.4));
  const withCloser = missing > 2 || (missing === 2 && random.chance(0.3));
  append(text, missing - Number(withSurroundings) - Number(withCloser), details, wording, random);
  if (withSurroundings) append(text, 1, surroundingsOf(wording), wording, random);
  if (withCloser) append(text, 1, closers, wording, random);
}

function surroundingsOf({ property: { type, place } }: Wording): readonly Phrase[] {
  if (place.rural) return [nearby];
  return type === 'office' || type === 'commercial' || type === 'warehouse' || place.types.startsWith('w')
    ? BUSINESS_SURROUNDINGS
    : SURROUNDINGS;
}

/** Topics that a text mentions only once. */
const TOPICS = [
  /parqueadero|garaje|carros?\b/i,
  /construid[oa]/i,
  /ascensor/i,
  /escalera/i,
  /arrendad|inversión/i,
  /clóset/i,
  /terraza/i,
  /patio/i,
  /\bvista\b/i,
  /\bacceso/i,
  /\bcerca\b/i,
  /\bestudio/i,
  /mezzanine/i,
  /portería/i,
  /recepción/i,
  /cámaras/i,
  /piscina/i,
  /energía/i,
  /ventila|ilumina|fresc[oa]|\bluz\b/i,
  /\bal día\b/i,
  /servicios/i,
  /vía/i,
];

/** Appends up to `count` random sentences that are true and repeat no topic. */
function append(
  text: string[],
  count: number,
  phrases: readonly Phrase[],
  wording: Wording,
  random: Random,
): void {
  const target = text.length + count;
  for (const phrase of random.sample(phrases, phrases.length)) {
    if (text.length >= target) return;
    const sentence = phrase(wording, random);
    if (sentence !== null && !repeatsTopic(text.join(' '), sentence)) text.push(sentence);
  }
}

function repeatsTopic(text: string, sentence: string): boolean {
  return TOPICS.some((topic) => topic.test(text) && topic.test(sentence));
}
