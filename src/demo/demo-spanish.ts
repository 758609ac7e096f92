import type { PropertyType } from '../properties/model/property-type.js';
import type { DemoPlace, DemoProperty } from './demo-types.js';
import type { Random } from './random.js';

/** The words of a description. Their forms agree with the property and with each other. */
export interface Wording {
  property: DemoProperty;
  noun: string;
  /** The ending that agrees with the noun: `remodelad${ending}`. */
  ending: 'o' | 'a';
  area: string;
  where: string;
  rooms: string;
  baths: string;
  /** Null without a parking space. */
  parking: string | null;
  /** A number with its masculine noun. One text writes all numbers in digits or all in letters. */
  counted(count: number, noun: string): string;
  /** `habitación` or `alcoba`, the same word within one text. */
  roomWord: string;
}

/** Writes one sentence; null when it would be false for the property. */
export type Phrase = (wording: Wording, random: Random) => string | null;

const NOUNS: Record<PropertyType, readonly [noun: string, ending: 'o' | 'a']> = {
  apartment: ['apartamento', 'o'],
  house: ['casa', 'a'],
  studio: ['apartaestudio', 'o'],
  lot: ['lote', 'o'],
  office: ['oficina', 'a'],
  commercial: ['local comercial', 'o'],
  warehouse: ['bodega', 'a'],
  building: ['edificio', 'o'],
  farm: ['finca', 'a'],
  other: ['parqueadero', 'o'],
};

const NUMBERS = ['cero', 'un', 'dos', 'tres', 'cuatro', 'cinco', 'seis', 'siete', 'ocho', 'nueve', 'diez'];
const ORDINALS = ['primer', 'segundo', 'tercer', 'cuarto', 'quinto'];

export function wordingOf(random: Random, property: DemoProperty): Wording {
  const [noun, ending] = NOUNS[property.type];
  const inDigits = random.chance(0.5);
  const roomWord = random.chance(0.6) ? 'habitación' : 'alcoba';
  const number = (value: number, feminine = false) => (inDigits ? String(value) : spelled(value, feminine));
  const counted = (count: number, noun: string) => `${number(count)} ${plural(noun, count)}`;
  const { bedrooms, bathrooms, parkingSpots } = property;
  return {
    property,
    noun,
    ending,
    area: areaText(property),
    where: placeText(property, random.chance(0.4)),
    rooms: `${number(bedrooms ?? 0, true)} ${plural(roomWord, bedrooms ?? 0)}`,
    baths: counted(bathrooms ?? 0, 'baño'),
    parking: parkingSpots ? counted(parkingSpots, 'parqueadero') : null,
    counted,
    roomWord,
  };
}

/** Numbers up to ten in letters, greater ones in digits. */
export function spelled(value: number, feminine = false): string {
  return value === 1 && feminine ? 'una' : (NUMBERS[value] ?? String(value));
}

export function plural(noun: string, count: number): string {
  if (count === 1) return noun;
  return noun.endsWith('ción') ? `${noun.slice(0, -2)}ones` : `${noun}s`;
}

/** Joins the items that are not null: "a, b y c". */
export function spanishList(items: readonly (string | null)[]): string {
  const present = items.filter((item) => item !== null);
  const last = present.at(-1) ?? '';
  const conjunction = /^h?i/.test(last) ? 'e' : 'y';
  return present.length < 2 ? last : `${present.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}

/** `de` before a noun with its article: "del parque", but "de El Rodadero", because that is a name. */
export function withDe(noun: string): string {
  return noun.startsWith('el ') ? `del ${noun.slice(3)}` : `de ${noun}`;
}

/** `a` before a noun with its article: "al parque". */
export function withA(noun: string): string {
  return noun.startsWith('el ') ? `al ${noun.slice(3)}` : `a ${noun}`;
}

export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function thousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '.');
}

export function floorText(floor: number): string {
  const ordinal = ORDINALS[floor - 1];
  return ordinal ? `${ordinal} piso` : `piso ${floor}`;
}

/** The area in m²; of farms in hectares. */
function areaText({ type, area }: DemoProperty): string {
  if (type !== 'farm' || area < 10_000) return `${thousands(area)} m²`;
  const hectares = String(area / 10_000).replace('.', ',');
  return hectares === '1' ? '1 hectárea' : `${hectares} hectáreas`;
}

function placeText({ place, city }: DemoProperty, withCity: boolean): string {
  if (place.name.startsWith('Centro')) return `el ${centreName(place)} de ${city.name}`;
  const name = place.name
    .replace(/^Vereda/, 'la vereda')
    .replace(/^Loma/, 'la Loma')
    .replace(/^Anillo/, 'el Anillo');
  return withCity ? `${name}, ${city.name}` : name;
}

function centreName({ name }: DemoPlace): string {
  return name === 'Centro' ? 'centro' : name;
}
