import { capitalized, floorText, spanishList, plural, spelled, withA } from './demo-spanish.js';
import type { Phrase, Wording } from './demo-spanish.js';
import type { Random } from './random.js';

export const DWELLING_FEATURES: readonly Phrase[] = [
  floorFeature,
  lightFeature,
  finishFeature,
  climateFeature,
  roomFeature,
  parkingFeature,
  amenitiesFeature,
];

function floorFeature({ property }: Wording, random: Random): string | null {
  const { type, floor, floors, city, place } = property;
  if (type === 'house') {
    return floors === 1 ? 'Es de un solo piso, sin escaleras.' : `Distribuida en ${spelled(floors)} pisos.`;
  }
  if (floor === null) return null;
  if (floor === 1) return 'Está en primer piso, cómodo para adultos mayores o niños.';
  if (floors <= 5) {
    return floor >= 3
      ? `Queda en ${floorText(floor)}, por escaleras.`
      : `Está en ${floorText(floor)}, de fácil acceso.`;
  }
  const seaside = place.landmarks.some((landmark) => landmark.includes('playa'));
  const view = seaside && random.chance(0.6) ? 'el mar' : city.view;
  if (floor === floors) return `Último piso, con ascensor y vista ${withA(view)}.`;
  return floor >= 6
    ? random.pick([
        `Está en el piso ${floor}, con vista ${withA(view)}.`,
        `Piso ${floor} con ascensor y vista despejada.`,
      ])
    : `Se encuentra en ${floorText(floor)}, con ascensor.`;
}

function lightFeature({ property }: Wording, random: Random): string | null {
  const { type, floor, stratum, gated, city } = property;
  if (type === 'house') {
    const outside = ['Patio interior con buena luz natural.', 'Tiene antejardín y patio trasero.'];
    if (city.climate !== 'hot') outside.push('Los ventanales dejan entrar el sol toda la mañana.');
    if (stratum >= 5) outside.push('Tiene jardín y terraza con zona de asados.');
    if (!gated && stratum <= 3) outside.push('Tiene terraza, con posibilidad de ampliar.');
    return random.pick(outside);
  }
  if (floor === 1) return 'Tiene un pequeño patio privado.';
  return random.pick([
    'La sala tiene balcón.',
    'Muy buena iluminación y ventilación natural.',
    'Ventanales amplios y vista exterior.',
    'Es interior, muy silencioso.',
  ]);
}

function finishFeature(
  { property: { condition, year, stratum }, ending }: Wording,
  random: Random,
): string | null {
  if (condition === 'remodelled') {
    return random
      .pick([
        'Recién remodelad_, con cocina y baños nuevos.',
        'Totalmente remodelad_: pisos, redes eléctricas e hidráulicas, cocina y baños.',
        'Fue remodelad_ con acabados modernos y pisos en porcelanato.',
      ])
      .replace('_', ending);
  }
  if (condition === 'dated') {
    return random.pick([
      'Conserva los acabados originales, para remodelar al gusto.',
      'Necesita actualización de cocina y baños; el precio ya lo tiene en cuenta.',
    ]);
  }
  if ((year ?? 0) >= 2023) return `Prácticamente nuev${ending}, con acabados de constructora.`;
  const floors =
    stratum >= 5 ? ['mármol', 'granito', 'porcelanato'] : ['cerámica', 'porcelanato', 'laminado'];
  return random.pick([
    `Se encuentra en muy buen estado, construid${ending} en ${year}.`,
    `Pisos en ${random.pick(floors)} y clósets en madera.`,
    `Pisos en ${random.pick(floors)} y baños con división en vidrio.`,
    `Muy bien cuidad${ending} por sus propietarios.`,
  ]);
}

function climateFeature({ property, ending, roomWord }: Wording, random: Random): string | null {
  const { city, stratum, year, type } = property;
  if (city.climate === 'hot' && stratum >= 4) {
    return type === 'studio'
      ? 'Se entrega con aire acondicionado.'
      : random.pick([
          `Aire acondicionado en todas las ${plural(roomWord, 2)}.`,
          'Tiene aire acondicionado y calentador.',
        ]);
  }
  if (city.climate === 'hot') return `Es fresc${ending} gracias a la ventilación cruzada.`;
  if (city.name === 'Bogotá' && stratum >= 5 && (year ?? 0) < 2012 && type !== 'studio') {
    return 'La sala tiene chimenea.';
  }
  return stratum >= 3 ? 'Gas natural y calentador de paso.' : null;
}

function roomFeature(
  { property: { area, stratum, type }, roomWord }: Wording,
  random: Random,
): string | null {
  if (type === 'studio') return null;
  if (stratum >= 4 && area >= 110) {
    return random.pick([
      'Además tiene estudio y cuarto de servicio.',
      'Estar de televisión y vestier en la principal.',
    ]);
  }
  if (area >= 72)
    return random.pick([
      'Cuenta con estudio.',
      `Comedor independiente y clósets en las ${plural(roomWord, 2)}.`,
    ]);
  return type === 'apartment' && stratum >= 4 ? 'Incluye depósito.' : null;
}

function parkingFeature({ parking, property }: Wording, random: Random): string | null {
  const { type, parkingSpots, stratum, gated } = property;
  if (parkingSpots === 0) {
    return gated ? 'Parqueadero comunal, por sorteo.' : stratum <= 3 ? 'No tiene parqueadero.' : null;
  }
  if (parking === null) return null;
  if (type === 'house')
    return gated ? `${capitalized(parking)} frente a la casa.` : `Garaje para ${carsText(parkingSpots)}.`;
  const covered =
    parkingSpots === 1 ? random.pick(['cubierto', 'privado']) : random.pick(['cubiertos', 'independientes']);
  return `Incluye ${parking} ${covered}.`;
}

function carsText(parkingSpots: number | null): string {
  return parkingSpots === 1 ? 'un carro' : `${spelled(parkingSpots ?? 0)} carros`;
}

function amenitiesFeature({ property }: Wording, random: Random): string | null {
  const { gated, complex, type, stratum, city, floors } = property;
  const year = property.year ?? 0;
  if (!gated) {
    if (type === 'house' || stratum < 4 || !complex) return null;
    const services = [
      'portería 24 horas',
      'circuito cerrado de cámaras',
      'terraza comunal',
      'planta eléctrica',
    ];
    return `El edificio tiene ${spanishList(random.sample(services, random.integer(2, 3)))}.`;
  }
  const amenities = [
    'portería 24 horas',
    'parque infantil',
    'salón comunal',
    'parqueadero de visitantes',
    'zona BBQ',
  ];
  if (stratum <= 4) amenities.push('cancha múltiple');
  if (year >= 2000 && stratum >= 3) amenities.push('gimnasio');
  if (year >= 2018 && type !== 'house') amenities.push('sala de coworking');
  if (year >= 2010) amenities.push('zona para mascotas');
  if (city.climate === 'hot' || (city.climate === 'mild' && stratum >= 4)) amenities.push('piscina');
  if (city.climate === 'cold' && stratum >= 5 && floors > 8) amenities.push('piscina climatizada');
  return `${random.pick(['El conjunto ofrece', 'Conjunto cerrado con'])} ${spanishList(random.sample(amenities, random.integer(2, 4)))}.`;
}
