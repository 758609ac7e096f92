import { capitalized, spanishList, thousands, withA, withDe } from './demo-spanish.js';
import type { Phrase, Wording } from './demo-spanish.js';
import type { Random } from './random.js';

/** First sentences of a dwelling that also count its rooms. */
export const DWELLING_SUMMARIES: readonly Phrase[] = [
  (w) => `${capitalized(w.noun)} de ${w.area} en ${w.where}: ${spanishList([w.rooms, w.baths, w.parking])}.`,
  (w) => `Se vende ${w.noun} de ${w.rooms} y ${w.baths} en ${w.where}, ${w.area}.`,
  (w, random) =>
    `${adjective(w, random)} ${w.noun} en ${w.where}, con ${spanishList([w.rooms, w.baths, w.parking])}.`,
  (w) => `En ${w.where}, ${w.noun} de ${w.area} con ${spanishList([w.rooms, w.baths, w.parking])}.`,
  (w) =>
    `${capitalized(w.noun)} en venta en ${w.where}, estrato ${w.property.stratum}: ${w.area}, ${w.rooms} y ${w.baths}.`,
  (w) => `Oportunidad en ${w.where}: ${w.noun} de ${spanishList([w.rooms, w.baths, w.parking])}.`,
];

/** First sentences of a dwelling. A sentence about its rooms follows. */
export const DWELLING_OPENERS: readonly Phrase[] = [
  (w, random) => `${adjective(w, random)} ${w.noun} de ${w.area} en ${w.where}.`,
  (w) => `Se vende ${w.noun} de ${w.area} en ${w.where}, estrato ${w.property.stratum}.`,
  (w) => `Vendo ${w.noun} muy bien ubicad${w.ending} en ${w.where}.`,
  (w) => `${capitalized(w.noun)} en venta en ${w.where}, con ${w.area} de área construida.`,
  (w) => `${capitalized(w.noun)} de ${w.area} en ${w.where}, construid${w.ending} en ${w.property.year}.`,
  ({ property: { complex, gated }, ...w }) =>
    complex &&
    `En el ${gated ? 'conjunto' : 'edificio'} ${complex}, en ${w.where}, se vende ${w.noun} de ${w.area}.`,
];

export const DWELLING_LAYOUTS: readonly Phrase[] = [
  (w, random) => `Cuenta con ${w.rooms}, ${w.baths}, sala comedor y ${kitchen(w, random)}.`,
  (w, random) => `Tiene ${w.rooms}, ${w.baths}, ${kitchen(w, random)} y zona de ropas.`,
  (w, random) => `Consta de sala comedor, ${kitchen(w, random)}, zona de ropas, ${w.rooms} y ${w.baths}.`,
  (w, random) =>
    (w.property.bedrooms ?? 0) > 1 && (w.property.bathrooms ?? 0) > 1
      ? `Son ${w.rooms}, la principal con baño privado, ${w.baths} en total y ${kitchen(w, random)}.`
      : null,
  twoStoreyLayout,
];

export const STUDIO_LAYOUTS: readonly Phrase[] = [
  () =>
    'Espacio abierto bien aprovechado, con zona de descanso, cocina tipo americano y baño con ventilación.',
  (w) => `Tiene una ${w.roomWord} independiente, cocineta, baño y clóset amplio.`,
  () => 'Ambiente integrado de sala y dormitorio, cocina abierta y un baño.',
];

function twoStoreyLayout(w: Wording): string | null {
  const { type, floors, bathrooms } = w.property;
  if (type !== 'house' || floors !== 2 || bathrooms === null || bathrooms < 2) return null;
  const upstairs = bathrooms - 1;
  return (
    'En el primer piso están la sala, el comedor, la cocina y un baño social; ' +
    `en el segundo, ${w.rooms} y ${w.counted(upstairs, 'baño')}.`
  );
}

function adjective({ property, ending }: Wording, random: Random): string {
  const { stratum, year, type, area, condition } = property;
  const words = ['Excelente', `Cómod${ending}`, `Luminos${ending}`, `Bonit${ending}`];
  if (condition === 'dated') words.splice(0, 4, `Tradicional`, 'Excelente');
  if (stratum >= 5 && condition !== 'dated') words.push('Elegante', 'Espectacular', `Exclusiv${ending}`);
  if (area > (type === 'house' ? 160 : 95)) words.push(`Ampli${ending}`, 'Gran');
  if (area < 50) words.push(ending === 'o' ? 'Acogedor' : 'Acogedora', `Práctic${ending}`);
  if ((year ?? 0) >= 2018) words.push(`Modern${ending}`);
  return random.pick(words);
}

function kitchen({ property: { area, stratum, year } }: Wording, random: Random): string {
  const kinds = ['cocina integral', 'cocina abierta'];
  if (area < 60) kinds.push('cocina tipo americano');
  if (area > 110) kinds.push('cocina cerrada con despensa');
  if (stratum >= 5 && (year ?? 0) >= 2005) kinds.push('cocina abierta con isla');
  return random.pick(kinds);
}

export const SURROUNDINGS: readonly Phrase[] = [
  nearby,
  nearby,
  transit,
  () => 'Sector con supermercados, colegios y droguerías a pocos pasos.',
  ({ property: { place } }) =>
    place.types.includes('o') ? null : 'Zona tranquila, con buenas vías de acceso.',
  ({ property: { place } }) =>
    place.types.includes('o') ? null : 'Barrio residencial, con parques y poco ruido.',
  ({ property: { stratum } }) =>
    stratum <= 4 ? 'Panadería, droguería y supermercado en la misma cuadra.' : null,
  ({ property: { stratum } }) => (stratum >= 4 ? 'Colegios, clínicas y restaurantes a pocos minutos.' : null),
  () => 'Sector en valorización.',
  () => 'Comercio y vías principales a pocos minutos.',
];

/** Surroundings of offices, shops and warehouses. */
export const BUSINESS_SURROUNDINGS: readonly Phrase[] = [
  nearby,
  nearby,
  transit,
  () => 'Sobre vía de fácil acceso.',
  ({ property: { type } }) =>
    type === 'warehouse' ? null : 'Sector comercial consolidado, con bancos y restaurantes.',
  () => 'Zona en valorización.',
];

function transit({ property: { city } }: Wording): string {
  return `Hay ${city.transit} a pocas cuadras.`;
}

export function nearby({ property: { place } }: Wording, random: Random): string | null {
  if (place.landmarks.length === 0) return null;
  const landmark = random.pick(place.landmarks);
  return random.pick([
    `Cerca ${withDe(landmark)}.`,
    `A pocos minutos ${withDe(landmark)}.`,
    `Muy buena ubicación, cerca ${withDe(landmark)}.`,
    `Con fácil acceso ${withA(landmark)}.`,
  ]);
}

export const DWELLING_CLOSERS: readonly Phrase[] = [
  monthlyFee,
  monthlyFee,
  (w) => (w.property.condition === 'dated' ? null : `List${w.ending} para habitar.`),
  () => 'Entrega inmediata.',
  () => 'Se recibe crédito hipotecario o leasing.',
  () => 'Impuestos al día y libre de gravámenes.',
  () => 'Agende su visita.',
  () => 'Precio negociable.',
  (w) =>
    (w.property.bedrooms ?? 0) >= 3 ? 'Ideal para una familia.' : 'Ideal para pareja o para inversión.',
];

/** Monthly administration fee in COP per m², indexed by stratum. */
const FEE_PER_M2 = [0, 1500, 1900, 2800, 4200, 5400, 6800];

function monthlyFee({ property: { complex, stratum, area, type } }: Wording): string | null {
  // Houses of a complex share fewer services than apartments.
  const perM2 = (FEE_PER_M2[stratum] ?? 0) * (type === 'house' ? 0.35 : 1);
  const fee = Math.round((perM2 * area) / 5000) * 5000;
  return complex && `Administración: $${thousands(fee)} al mes.`;
}
