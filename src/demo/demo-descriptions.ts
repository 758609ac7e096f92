import type { PropertyType } from '../properties/model/property-type.js';
import type { DemoProperty } from './demo-types.js';
import type { Random } from './random.js';

/** One to five sentences in the style of Colombian classified advertisements. */
export function demoDescription(random: Random, property: DemoProperty): string {
  const isTrue = (sentence: Sentence): sentence is string => Boolean(sentence);
  return [
    random.pick(openers(random, property).filter(isTrue)),
    ...random.sample(details(property).filter(isTrue), random.integer(0, 3)),
    ...(random.chance(0.3) ? [random.pick(CLOSERS)] : []),
  ].join(' ');
}

/** A sentence with a false condition is not true of the property. */
type Sentence = string | false | null;

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

const CLOSERS = [
  'Precio negociable.',
  'Documentos al día.',
  'Agende su visita.',
  'Trato directo con el propietario.',
  'Se recibe crédito hipotecario o leasing.',
];

function openers(random: Random, property: DemoProperty): Sentence[] {
  const { type, stratum, year, complex, gated } = property;
  const [noun, ending] = NOUNS[type];
  const capitalized = noun.charAt(0).toUpperCase() + noun.slice(1);
  const adjective = random.pick(['Excelente', 'Gran', `Bonit${ending}`, `Magnífic${ending}`]);
  const [area, place, rooms] = [areaText(property), placeText(property), roomsText(random, property)];
  return [
    `${capitalized} de ${area} en ${place}${rooms && `: ${rooms}`}.`,
    `Se vende ${noun} en ${place}, estrato ${stratum}: ${area}${rooms && `, ${rooms}`}.`,
    `${adjective} ${noun} de ${area} en ${place}${rooms && `, con ${rooms}`}.`,
    year !== null && `${capitalized} de ${area} en ${place}, construid${ending} en ${year}.`,
    complex !== null &&
      `En el ${gated ? 'conjunto' : 'edificio'} ${complex}, en ${place}, se vende ${noun} de ${area}.`,
  ];
}

/** The area in m²; of large farms in hectares. */
function areaText({ type, area }: DemoProperty): string {
  if (type === 'farm' && area >= 10_000) return `${String(area / 10_000).replace('.', ',')} ha`;
  return `${String(area).replace(/\B(?=(\d{3})+$)/g, '.')} m²`;
}

function placeText({ place: { name }, city }: DemoProperty): string {
  if (name === 'Centro') return `el centro de ${city.name}`;
  return name.replace(/^(?=Centro|Anillo)/, 'el ').replace(/^Vereda/, 'la vereda');
}

/** The rooms of the property, as "3 habitaciones, 2 baños y 1 parqueadero"; '' without rooms. */
function roomsText(random: Random, { bedrooms, bathrooms, parkingSpots, type }: DemoProperty): string {
  const [room, plural] = random.pick([
    ['habitación', 'habitaciones'] as const,
    ['alcoba', 'alcobas'] as const,
  ]);
  const counted = [
    [bedrooms, bedrooms === 1 ? room : plural],
    [bathrooms, bathrooms === 1 ? 'baño' : 'baños'],
    [type === 'other' ? 0 : parkingSpots, parkingSpots === 1 ? 'parqueadero' : 'parqueaderos'],
  ].flatMap(([count, noun]) => (count ? [`${count} ${noun}`] : []));
  return counted.join(', ').replace(/, ([^,]*)$/, ' y $1');
}

/** Sentences about different topics. */
function details(property: DemoProperty): Sentence[] {
  const { type, place, city, stratum, floor, floors, condition, gated, area } = property;
  const [, ending] = NOUNS[type];
  const isDwelling = type === 'apartment' || type === 'house' || type === 'studio';
  const landmark = place.landmarks[area % (place.landmarks.length || 1)];
  const pool = city.isHot ? ', piscina' : '';
  return [
    landmark !== undefined && `Punto de referencia: ${landmark}.`,
    type !== 'lot' && condition === 'remodelled' && `Recién remodelad${ending}, con redes y pisos nuevos.`,
    type !== 'lot' && condition === 'dated' && 'Conserva los acabados originales, para remodelar al gusto.',
    floor !== null && `Está en el piso ${floor}, ${floors > 5 ? 'con ascensor' : 'por escaleras'}.`,
    type === 'house' && (floors === 1 ? 'Es de un solo piso.' : `Tiene ${floors} pisos y patio.`),
    isDwelling && `Sala comedor, cocina ${area > 60 ? 'integral' : 'abierta'} y zona de ropas.`,
    isDwelling && stratum >= 4 && area >= 110 && 'Además tiene estudio y cuarto de servicio.',
    isDwelling && city.isHot && stratum >= 4 && 'Se entrega con aire acondicionado.',
    gated && `Conjunto cerrado con portería 24 horas, salón comunal${pool} y parque infantil.`,
    type === 'office' && 'Cocineta, cableado estructurado y buena iluminación natural.',
    type === 'commercial' && 'Vitrina a la calle, en un sector de alto flujo peatonal.',
    type === 'warehouse' && 'Piso industrial, energía trifásica y buen acceso para vehículos pesados.',
    type === 'building' && 'Todas las unidades están arrendadas, con contadores independientes.',
    type === 'other' && 'Edificio con portería y cámaras, acceso por rampa amplia.',
    type === 'farm' && 'Nacimiento de agua propio, árboles frutales y zona de asados.',
    type === 'lot' && (place.rural ? 'Con punto de agua y energía eléctrica.' : 'Con todos los servicios.'),
    place.rural && 'Acceso por carretera destapada en buen estado.',
    stratum <= 4 && isDwelling && 'Panadería, droguería y supermercado a pocos pasos.',
    !place.rural && 'Sector en valorización, con buenas vías de acceso.',
  ];
}
