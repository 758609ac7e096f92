// Draws the chart of `npm run bench -- --overload`.
import { writeFileSync } from 'node:fs';
import { FOLDER, newName } from './results.mjs';

/**
 * Useful answers against offered requests, with load shedding and without it, as a chart.
 * @param {readonly import('./overload.mjs').Phase[]} phases
 */
export function writeOverload(phases) {
  const [width, height] = [800, 300];
  const x = (/** @type {number} */ factor) => 60 + (factor / 3) * width;
  const y = (/** @type {number} */ share) => 40 + height - (share / 1.2) * height;
  const line = (/** @type {string} */ side, /** @type {string} */ colour) => {
    const points = phases
      .filter((phase) => phase.side === side)
      .map(({ factor, good, capacity }) => `${x(factor).toFixed(1)},${y(good / capacity).toFixed(1)}`);
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`;
  };
  const shares = [0, 0.5, 1].map(
    (share) => `<text x="52" y="${y(share) + 4}" text-anchor="end">${share * 100} %</text>`,
  );
  const factors = [0.5, 1, 1.5, 2, 3].map(
    (factor) => `<text x="${x(factor).toFixed(1)}" y="${height + 60}" text-anchor="middle">${factor}</text>`,
  );
  const name = newName(`${new Date().toISOString().slice(0, 10)}-overload`);
  writeFileSync(
    `${FOLDER}/${name}.svg`,
    `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="390" font-family="sans-serif" font-size="13">
<rect width="900" height="390" fill="white"/>
<text x="60" y="20">answers within 1 s by offered load, as shares of the capacity; purple: with load shedding; yellow: without</text>
${[...shares, ...factors].join('\n')}
${line('without', '#f9a825')}
${line('with', '#6a1b9a')}
</svg>
`,
  );
  console.log(`\nwritten to ${FOLDER}/${name}.svg`);
}
