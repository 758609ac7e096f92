import type { DemoListing, DemoStatus } from './demo-types.js';

/** A hand-written listing. Its history has days before now instead of dates. */
export interface ShowcaseListing extends Omit<
  DemoListing,
  'externalRef' | 'currency' | 'photos' | 'history'
> {
  history: Partial<Record<DemoStatus, number>>;
}

/** The first listings. The documentation uses them as examples, so they are complete and for sale. */
export const SHOWCASE_LISTINGS: readonly ShowcaseListing[] = [
  {
    address: 'Carrera 4A # 58-27, Edificio Monteverde, apto 602',
    city: 'Bogotá',
    neighbourhood: 'Chapinero Alto',
    price: 685_000_000,
    description:
      'Luminoso apartamento de 84 m² en Chapinero Alto, a pocos minutos de la Zona G. ' +
      'Cuenta con dos habitaciones, la principal con baño privado, dos baños en total, estudio y cocina abierta. ' +
      'Está en el piso 6, con ascensor, balcón y vista a los cerros orientales. ' +
      'Incluye un parqueadero cubierto y depósito.',
    year: 2014,
    propertyType: 'apartment',
    area: 84,
    bedrooms: 2,
    bathrooms: 2,
    parkingSpots: 1,
    stratum: 5,
    latitude: 4.644312,
    longitude: -74.058746,
    history: { comprado: 96, pre_venta: 61, en_venta: 27 },
  },
  {
    address: 'Carrera 76 # 39-41, apto 401',
    city: 'Medellín',
    neighbourhood: 'Laureles',
    price: 765_000_000,
    description:
      'Amplio apartamento de 112 m² en Laureles, a pocos pasos del Primer Parque. ' +
      'Tiene tres alcobas, dos baños, cocina integral, balcón y zona de ropas. ' +
      'Recién remodelado, con pisos en porcelanato. Incluye un parqueadero cubierto.',
    year: 1998,
    propertyType: 'apartment',
    area: 112,
    bedrooms: 3,
    bathrooms: 2,
    parkingSpots: 1,
    stratum: 5,
    latitude: 6.245418,
    longitude: -75.594873,
    history: { comprando: 148, comprado: 121, pre_venta: 79, en_venta: 44 },
  },
  {
    address: 'Carrera 83 # 15-60, Conjunto Los Guaduales, casa 12',
    city: 'Cali',
    neighbourhood: 'El Ingenio',
    price: 690_000_000,
    description:
      'Casa de dos pisos y 176 m² en conjunto cerrado, cerca del Parque del Ingenio. ' +
      'Cuatro habitaciones, cuatro baños, patio con zona de asados y dos parqueaderos. ' +
      'El conjunto ofrece piscina, portería 24 horas y salón comunal.',
    year: 2006,
    propertyType: 'house',
    area: 176,
    bedrooms: 4,
    bathrooms: 4,
    parkingSpots: 2,
    stratum: 5,
    latitude: 3.383264,
    longitude: -76.528791,
    history: { comprando: 112, comprado: 84, en_venta: 52 },
  },
];
