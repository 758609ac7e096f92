import type { DemoProperty, Streets } from './demo-types.js';
import type { Random } from './random.js';

type Grid = Extract<Streets, { kind: 'grid' }>;

const FARM_NAMES = 'La Esperanza|Villa Clara|El Porvenir|Los Naranjos|La Fortuna|El Recuerdo'.split('|');
const SIDES: Record<string, string> = { N: ' Norte', S: ' Sur', O: ' Oeste' };
/** Cities where diagonals and transversals are common. */
const CITIES_WITH_DIAGONALS = new Set(['Bogotá', 'Medellín', 'Cartagena', 'Bucaramanga']);

export function demoAddress(random: Random, property: DemoProperty): string {
  const { streets, name } = property.place;
  const parts: (string | null)[] = [];
  if (streets.kind === 'blocks') parts.push(`Manzana ${random.integer(...streets.blocks)}`);
  else if (streets.kind === 'road') parts.push(`${streets.name} km ${kilometre(random, streets.km)}`);
  else parts.push(gridAddress(random, streets, property.city.name));
  if (property.complex) parts.push(`${property.gated ? 'Conjunto' : 'Edificio'} ${property.complex}`);
  parts.push(unit(random, property));
  if (streets.kind === 'blocks') parts.push(`barrio ${name}`);
  return parts.filter((part) => part !== null).join(', ');
}

function kilometre(random: Random, [min, max]: readonly [number, number]): string {
  return `${random.integer(min, max)}${random.chance(0.3) ? ',5' : ''}`;
}

function gridAddress(random: Random, grid: Grid, city: string): string {
  const calle = { number: streetNumber(random, grid.calles), side: grid.calleSide };
  const carrera = { number: streetNumber(random, grid.carreras), side: grid.carreraSide };
  const onCalle = random.chance(0.5);
  const [main, cross] = onCalle ? [calle, carrera] : [carrera, calle];
  const oblique = CITIES_WITH_DIAGONALS.has(city) && random.chance(0.06);
  const northSouth = oblique ? 'Transversal' : grid.avenidas ? 'Avenida' : 'Carrera';
  const eastWest = oblique ? 'Diagonal' : 'Calle';
  const plate = String(random.integer(3, 98)).padStart(2, '0');
  const crossSide = cross.side === 'N' ? 'N' : (SIDES[cross.side] ?? '');
  const start = `${onCalle ? eastWest : northSouth} ${main.number}${SIDES[main.side] ?? ''} # ${cross.number}`;
  // Bogotá writes the side after the plate number; other cities write it after the street number.
  return city === 'Bogotá' ? `${start}-${plate}${crossSide}` : `${start}${crossSide}-${plate}`;
}

function streetNumber(random: Random, [min, max]: readonly [number, number]): string {
  return `${random.integer(min, max)}${random.chance(0.25) ? random.pick(['A', 'B', 'C']) : ''}`;
}

function unit(random: Random, property: DemoProperty): string | null {
  const { type, gated, floor, place } = property;
  const door = `${floor ?? 1}${String(random.integer(1, 6)).padStart(2, '0')}`;
  if (type === 'apartment' || type === 'studio') {
    const flat = `${random.chance(0.85) ? 'apto' : 'apartamento'} ${door}`;
    return gated && random.chance(0.7)
      ? `torre ${random.integer(1, property.stratum <= 3 ? 9 : 4)}, ${flat}`
      : flat;
  }
  if (type === 'house') {
    return gated || place.streets.kind === 'blocks' ? `casa ${random.integer(1, 48)}` : null;
  }
  if (type === 'office') return `oficina ${door}`;
  if (type === 'commercial') return random.chance(0.7) ? `local ${random.integer(1, 140)}` : null;
  if (type === 'warehouse') return random.chance(0.8) ? `bodega ${random.integer(1, 30)}` : null;
  if (type === 'other') return `garaje ${random.integer(1, 90)}`;
  if (type === 'farm') return `finca ${random.pick(FARM_NAMES)}`;
  return type === 'lot' && (place.streets.kind !== 'grid' || random.chance(0.4))
    ? `lote ${random.integer(1, 40)}`
    : null;
}
