import { HOME_FEATURES } from './demo-features.js';
import { wordingOf, type Phrase, type Wording } from './demo-spanish.js';
import { PHRASE_SETS, PLAIN_CLOSERS, type PhraseSet } from './demo-texts-other.js';
import {
  BUSINESS_SURROUNDINGS,
  HOME_CLOSERS,
  HOME_LAYOUTS,
  HOME_OPENERS,
  HOME_SUMMARIES,
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
      ? homeSentences(random, wording, length)
      : otherSentences(random, wording, length, PHRASE_SETS[type]);
  return sentences.join(' ');
}

function homeSentences(random: Random, wording: Wording, length: number): string[] {
  const text: string[] = [];
  const layouts = wording.property.type === 'studio' ? STUDIO_LAYOUTS : HOME_LAYOUTS;
  if (length === 1 || random.chance(0.45)) {
    append(text, 1, HOME_SUMMARIES, wording, random);
  } else {
    append(text, 1, HOME_OPENERS, wording, random);
    append(text, 1, layouts, wording, random);
  }
  appendRest(text, length, { details: HOME_FEATURES, closers: HOME_CLOSERS }, wording, random);
  return text;
}

function otherSentences(random: Random, wording: Wording, length: number, phrases: PhraseSet): string[] {
  const text: string[] = [];
  append(text, 1, phrases.openers, wording, random);
  appendRest(text, length, { details: phrases.details, closers: PLAIN_CLOSERS }, wording, random);
  return text;
}

/** Details of the property first, then where it lies, and a call to the buyer at the end of the longer texts. */
function appendRest(
  text: string[],
  length: number,
  { details, closers }: { details: readonly Phrase[]; closers: readonly Phrase[] },
  wording: Wording,
  random: Random,
): void {
  const room = length - text.length;
  const withSurroundings = room > 1 || (room === 1 && random.chance(0.4));
  const withCloser = room > 2 || (room === 2 && random.chance(0.3));
  append(text, room - Number(withSurroundings) - Number(withCloser), details, wording, random);
  if (withSurroundings) append(text, 1, surroundingsOf(wording), wording, random);
  if (withCloser) append(text, 1, closers, wording, random);
}

function surroundingsOf({ property: { type, place } }: Wording): readonly Phrase[] {
  if (place.rural) return [nearby];
  return type === 'office' || type === 'commercial' || type === 'warehouse' || place.types.startsWith('w')
    ? BUSINESS_SURROUNDINGS
    : SURROUNDINGS;
}

/** Things a text says only once. */
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
    if (sentence !== null && !repeats(text.join(' '), sentence)) text.push(sentence);
  }
}

function repeats(text: string, sentence: string): boolean {
  return TOPICS.some((topic) => topic.test(text) && topic.test(sentence));
}
