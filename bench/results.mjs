// Writes a run into bench/results: a Markdown file and a chart.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { CONNECTIONS, rounded } from './servers.mjs';

/**
 * @typedef {object} Measured medians of all rounds
 * @property {number} rate requests a second
 * @property {number} cpu milliseconds of the server's CPU time a request
 * @property {number} database milliseconds of the database's CPU time a request
 *
 * @typedef {{ job: string, floor: Measured, service: Measured, hot?: Measured, growth?: number }} Result
 */

export const FOLDER = 'bench/results';
const HEAD =
  '| job | floor req/s | service req/s | of the floor | service, hot answers | CPU floor | CPU service | growth |\n' +
  '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |';

const percent = (/** @type {number} */ part, /** @type {number} */ whole) =>
  `${Math.round((part / whole) * 100)} %`;
const cpuOf = (/** @type {Measured} */ { cpu, database }) => `${rounded(cpu)} + ${rounded(database)}`;

/** @param {Result} result */
const line = ({ job, floor, service, hot, growth }) =>
  `| ${job} | ${rounded(floor.rate)} | ${rounded(service.rate)} | ${percent(service.rate, floor.rate)} | ` +
  `${hot ? `${rounded(hot.rate)} (${percent(hot.rate, floor.rate)})` : ''} | ${cpuOf(floor)} | ${cpuOf(service)} | ` +
  `${growth ? growth.toFixed(2) : ''} |`;

/**
 * @param {Result[]} results
 * @param {{ properties: number, server: string, rounds: string, seconds: string }} run
 */
export function writeResults(results, { properties, server, rounds, seconds }) {
  const day = new Date().toISOString().slice(0, 10);
  const name = newName(`${day}-${properties}`);
  const machine =
    `${properties.toLocaleString('en')} properties; ${server}; ${machineText()} for client, service, floor and database; ` +
    `${CONNECTIONS} connections; medians of ${rounds} rounds of ${seconds} s, in turns.`;
  const text = `# ${day}\n\n${machine}\n\n![requests a second, as a share of the floor](${name}.svg)\n\n${HEAD}\n${results.map(line).join('\n')}\n`;
  writeFileSync(`${FOLDER}/${name}.md`, text);
  writeFileSync(`${FOLDER}/${name}.svg`, chart(results));
  console.log(`${machine}\n\n${HEAD}\n${results.map(line).join('\n')}\n\nwritten to ${FOLDER}/${name}.md`);
}

export const machineText = () =>
  `Node.js ${process.version}; ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}) and ${Math.round(totalmem() / 2 ** 30)} GB`;

/** A name that no earlier result has. @param {string} wanted */
export function newName(wanted) {
  mkdirSync(FOLDER, { recursive: true });
  let name = wanted;
  for (let again = 2; existsSync(`${FOLDER}/${name}.svg`); again++) name = `${wanted}-${again}`;
  return name;
}

const ROW = 46;
const LEFT = 310;
const FLOOR_WIDTH = 260;
/** Longer bars are cut: hot answers can be a hundred times the floor. */
const MAX_SHARE = 2;

/** Bars as a share of the floor, whose rate is the line at 100 %. @param {Result[]} results */
function chart(results) {
  const height = results.length * ROW + 50;
  const bar = (/** @type {number} */ share, /** @type {number} */ y, /** @type {string} */ colour) =>
    `<rect x="${LEFT}" y="${y}" width="${Math.min(share, MAX_SHARE) * FLOOR_WIDTH}" height="14" fill="${colour}"/>` +
    `<text x="${LEFT + Math.min(share, MAX_SHARE) * FLOOR_WIDTH + 5}" y="${y + 12}">${Math.round(share * 100)} %</text>`;
  const rows = results.map(({ job, floor, service, hot }, i) => {
    const y = 40 + i * ROW;
    return (
      `<text x="${LEFT - 8}" y="${y + 18}" text-anchor="end">${job}</text>` +
      bar(service.rate / floor.rate, y, '#6a1b9a') +
      (hot ? bar(hot.rate / floor.rate, y + 17, '#f9a825') : '')
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="930" height="${height}" font-family="sans-serif" font-size="13">
<rect width="930" height="${height}" fill="white"/>
<text x="${LEFT}" y="20">purple: service without its cache; yellow: hot answers; line: the floor</text>
${rows.join('\n')}
<line x1="${LEFT + FLOOR_WIDTH}" x2="${LEFT + FLOOR_WIDTH}" y1="30" y2="${height - 10}" stroke="black"/>
</svg>
`;
}
