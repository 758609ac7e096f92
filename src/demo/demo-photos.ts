import type { FastifyInstance } from 'fastify';
import type { Photo } from '../properties/model/photo.js';
import type { Random } from './random.js';

/** Sky or wall, ground or floor, and object. */
const PALETTES = [
  ['#cfe8f5', '#9dbf8a', '#c8553d'],
  ['#fbe3c0', '#c2a878', '#3d6c8a'],
  ['#e7e4f4', '#b8b08d', '#7a5195'],
  ['#d8efe3', '#a3a380', '#bc6c25'],
] as const;

const box = (x: number, y: number, width: number, height: number, fill: string): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`;

/** The drawings: what stands between background and floor. */
const SCENES: Readonly<Record<string, { caption: string; draw: (colour: string) => string }>> = {
  facade: {
    caption: 'Fachada',
    draw: (colour) =>
      `${box(120, 110, 160, 120, colour)}<path d="M105 115 200 45l95 70z" fill="#444"/>${box(182, 165, 36, 65, '#fff8')}${box(140, 140, 30, 30, '#fffb')}${box(232, 140, 30, 30, '#fffb')}`,
  },
  living: {
    caption: 'Sala',
    draw: (colour) =>
      `${box(60, 150, 200, 50, colour)}${box(60, 125, 200, 30, colour)}${box(75, 200, 12, 18, '#444')}${box(233, 200, 12, 18, '#444')}${box(110, 40, 100, 60, '#fffb')}<circle cx="325" cy="110" r="26" fill="#fff8"/>${box(322, 136, 6, 84, '#444')}`,
  },
  kitchen: {
    caption: 'Cocina',
    draw: (colour) =>
      `${box(40, 150, 320, 75, colour)}${box(40, 142, 320, 10, '#444')}${box(40, 40, 120, 55, colour)}${box(260, 40, 100, 55, colour)}${box(180, 165, 50, 50, '#fff8')}`,
  },
  bedroom: {
    caption: 'Alcoba',
    draw: (colour) =>
      `${box(90, 100, 220, 60, '#444')}${box(90, 150, 220, 65, colour)}${box(105, 135, 80, 30, '#fffb')}${box(215, 135, 80, 30, '#fffb')}${box(150, 30, 100, 50, '#fff8')}`,
  },
};

/** Two to four photos of a demo property, the facade first. */
export function demoPhotos(random: Random): Photo[] {
  const palette = random.integer(1, PALETTES.length);
  return Object.entries(SCENES)
    .slice(0, random.integer(2, 4))
    .map(([scene, { caption }]) => ({ url: `/demo/${scene}-${palette}.svg`, caption }));
}

/** Serves the drawings that the demo properties have as photos. */
export function serveDemoPhotos(fastify: FastifyInstance): void {
  for (const [scene, { draw }] of Object.entries(SCENES)) {
    for (const [i, [wall, floor, colour]] of PALETTES.entries()) {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 260">${box(0, 0, 400, 260, wall)}${box(0, 215, 400, 45, floor)}${draw(colour)}</svg>`;
      fastify.get(`/demo/${scene}-${i + 1}.svg`, (_request, reply) =>
        reply.header('cache-control', 'public, max-age=86400').type('image/svg+xml').send(svg),
      );
    }
  }
}
