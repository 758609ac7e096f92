import { capitalized, floorText, spanishList, spelled, withA } from './demo-spanish.js';
import type { Phrase, Wording } from './demo-spanish.js';
import type { PropertyType } from '../properties/model/property-type.js';

export interface PhraseSet {
  openers: readonly Phrase[];
  details: readonly Phrase[];
}

const industrial = ({ property: { place } }: Wording) =>
  place.types.includes('w') && place.streets.kind === 'road';

const LOT: PhraseSet = {
  openers: [
    ({ property: { front }, ...w }) =>
      front && `Lote de ${w.area} en ${w.where}, con ${front[0]} m de frente por ${front[1]} m de fondo.`,
    ({ property: { front, stratum }, ...w }) =>
      front && `Se vende lote urbano de ${front[0]} x ${front[1]} m en ${w.where}, estrato ${stratum}.`,
    (w) =>
      w.property.place.rural
        ? `Lote campestre de ${w.area} en ${w.where}.`
        : `Lote en venta en ${w.where}, ${w.area}.`,
    (w) => (industrial(w) ? `Lote industrial de ${w.area} en ${w.where}.` : null),
  ],
  details: [
    (w) => (w.property.front ? 'Terreno plano, con todos los servicios públicos disponibles.' : null),
    (w) => (w.property.front ? 'Apto para construir vivienda de dos o tres pisos.' : null),
    (w, random) =>
      w.property.front
        ? random.pick(['Lote esquinero, cerrado en muro.', 'Lote medianero sobre vía pavimentada.'])
        : null,
    (w) => (industrial(w) ? 'Apto para bodega, patio de maniobras o centro logístico.' : null),
    (w) => (w.property.place.rural ? `Topografía ondulada y vista ${withA(w.property.city.view)}.` : null),
    (w) => (w.property.place.rural ? 'Tiene punto de agua del acueducto veredal y energía eléctrica.' : null),
    (w) => (w.property.place.rural ? 'Acceso por carretera destapada en buen estado.' : null),
    () => 'Escritura pública y paz y salvo de predial al día.',
  ],
};

const OFFICE: PhraseSet = {
  openers: [
    (w) => `Oficina de ${w.area} en ${w.where}, con ${spanishList([w.baths, w.parking])}.`,
    (w) => `Se vende oficina de ${w.area} en ${floorText(w.property.floor ?? 2)}, en ${w.where}.`,
    (w) => `Oficina en venta en ${w.where}: ${spanishList([w.area, w.baths, w.parking])}.`,
  ],
  details: [
    (w) =>
      w.property.area > 60 ? 'Tiene recepción, sala de juntas, cocineta y cableado estructurado.' : null,
    (w) => (w.property.area <= 60 ? 'Planta libre, con cocineta y cableado de red.' : null),
    (w) =>
      w.property.floors > 5
        ? 'Edificio con ascensor, recepción y control de acceso.'
        : 'Edificio pequeño, con portería en horario de oficina.',
    () => 'Divisiones en vidrio y buena iluminación natural.',
    () => 'Actualmente arrendada, buena opción de inversión.',
    (w) => (w.property.city.climate === 'hot' ? 'Con aire acondicionado central.' : null),
    (w) => (w.property.parkingSpots === 0 ? 'Hay parqueadero público en la cuadra.' : null),
  ],
};

const COMMERCIAL: PhraseSet = {
  openers: [
    (w) => `Local comercial de ${w.area} en ${w.where}.`,
    (w) => `Se vende local de ${w.area} en ${w.where}, estrato ${w.property.stratum}.`,
    (w) => `Local en venta en ${w.where}, ${w.area} y ${w.baths}.`,
  ],
  details: [
    () => 'Vitrina a la calle y cortina metálica.',
    (w) =>
      w.property.area > 46
        ? 'Tiene mezzanine y depósito al fondo.'
        : 'Espacio rectangular, fácil de adecuar.',
    () => 'Sector de alto flujo peatonal.',
    (_, random) =>
      `Apto para ${random.pick(['restaurante', 'droguería', 'consultorio', 'tienda de ropa', 'panadería'])}.`,
    () => 'Actualmente arrendado, con contrato vigente.',
    (w) => w.parking && `${capitalized(w.parking)} para clientes.`,
  ],
};

const WAREHOUSE: PhraseSet = {
  openers: [
    (w) => `Bodega de ${w.area} en ${w.where}.`,
    (w) => `Se vende bodega en ${w.where}: ${w.area}, ${spanishList([w.baths, w.parking])}.`,
    (w) => `Bodega en venta en ${w.where}, construida en ${w.property.year}, de ${w.area}.`,
  ],
  details: [
    (w) => `Altura libre de ${w.property.area > 460 ? '9' : '6'} m y piso industrial.`,
    (w) =>
      w.property.area > 460
        ? 'Muelle de carga y patio de maniobras para tractomula.'
        : 'Portón para camión y zona de cargue.',
    () => 'Energía trifásica y red contra incendios.',
    (w) =>
      w.property.area > 300
        ? 'Incluye oficinas en mezzanine y vestier para operarios.'
        : 'Incluye una oficina pequeña.',
    () => 'Buen acceso para vehículos pesados.',
  ],
};

const BUILDING: PhraseSet = {
  openers: [
    (w) => `Edificio de ${spelled(w.property.floors)} pisos en ${w.where}, ${w.area} construidos.`,
    (w) => `Se vende edificio de ${w.area} en ${w.where}, estrato ${w.property.stratum}.`,
    (w) => `Edificio para inversión en ${w.where}: ${w.area} en ${spelled(w.property.floors)} pisos.`,
  ],
  details: [
    (w) => {
      const flats = (w.property.bathrooms ?? 0) - 1;
      return flats > 1 ? `Local en el primer piso y ${spelled(flats)} apartamentos independientes.` : null;
    },
    () => 'Todas las unidades están arrendadas, con contadores independientes.',
    (w) =>
      w.property.condition === 'dated'
        ? 'Requiere mantenimiento de fachada.'
        : 'Estructura en buen estado y cubierta nueva.',
    () => 'Buena opción para renta o para hostal.',
    (w) => w.parking && `Tiene ${w.parking}.`,
  ],
};

const CROPS = {
  cold: ['pastos y huerta', 'cultivo de papa y hortalizas', 'arboleda de pino y eucalipto'],
  mild: ['cultivo de café y plátano', 'árboles frutales y guadual', 'pastos y cítricos'],
  hot: ['árboles de mango y limón', 'potreros y árboles frutales', 'cultivo de plátano y yuca'],
};

const FARM: PhraseSet = {
  openers: [
    (w) => `Finca de ${w.area} en ${w.where}, con casa de ${w.rooms} y ${w.baths}.`,
    (w) => `Se vende finca en ${w.where}: ${w.area} y casa principal de ${w.rooms}.`,
    (w) => `Finca de descanso en ${w.where}, ${w.area}.`,
  ],
  details: [
    (w, random) => `Tiene ${random.pick(CROPS[w.property.city.climate])}.`,
    () => 'Nacimiento de agua propio y energía eléctrica.',
    (w) => `Clima agradable y vista ${withA(w.property.city.view)}.`,
    (w) => (w.property.city.climate === 'cold' ? null : 'Piscina, kiosco y zona de asados.'),
    () => 'Acceso en todo tipo de carro; los últimos metros son por vía destapada.',
    (w) =>
      w.property.area >= 10_000 ? 'Casa de mayordomo y pesebrera.' : 'Cerca perimetral y portón eléctrico.',
    () => 'Escritura y servicios al día.',
  ],
};

const PARKING: PhraseSet = {
  openers: [
    (w) => `Se vende parqueadero cubierto de ${w.area} en ${w.where}.`,
    (w) => `Garaje de ${w.area} en edificio de ${w.where}, con escritura independiente.`,
  ],
  details: [
    () => 'Edificio con portería y cámaras.',
    () => 'Cabe una camioneta sin problema.',
    () => 'Acceso por rampa amplia, sin servidumbre.',
  ],
};

export const PHRASE_SETS: Record<Exclude<PropertyType, 'apartment' | 'house' | 'studio'>, PhraseSet> = {
  lot: LOT,
  office: OFFICE,
  commercial: COMMERCIAL,
  warehouse: WAREHOUSE,
  building: BUILDING,
  farm: FARM,
  other: PARKING,
};

export const PLAIN_CLOSERS: readonly Phrase[] = [
  () => 'Precio negociable.',
  () => 'Documentos al día.',
  () => 'Se reciben ofertas.',
  () => 'Agende su visita.',
  () => 'Trato directo con el propietario.',
];
