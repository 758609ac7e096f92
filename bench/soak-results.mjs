// Writes a soak into bench/results: its numbers, and a picture with a curve for each measured value.
import { writeFileSync } from 'node:fs';
import { FOLDER, machineText, newName } from './results.mjs';

const [LEFT, WIDTH, PANEL, GAP] = [70, 800, 150, 45];
const CURVES = /** @type {const} */ ([
  ['mb', 'resident memory of the service, MB'],
  ['files', 'open files and sockets of the service'],
  ['connections', 'connections of the service to the database'],
  ['freshMs', 'the longest time from a like to the ranking that shows it, ms'],
]);

/** @typedef {import('./soak.mjs').Sample} Sample */

/**
 * @param {readonly Sample[]} samples
 * @param {{ properties: number, seconds: number, requests: number, failures: Record<string, number>, differences: Record<string, number>,
 *   edits: number, imports: number, otherPrograms: number, failedWrites: string[], probes: number, medianMs: number, p99Ms: number,
 *   longestMs: number }} run
 */
export function writeSoak(samples, run) {
  const now = new Date();
  const name = newName(`${now.toISOString().slice(0, 10)}-soak`);
  const most = (/** @type {keyof Sample} */ key) =>
    Math.max(...samples.map((sample) => sample[key])).toFixed(0);
  /** @param {Record<string, number>} counts */
  const listed = (counts) => Object.entries(counts).map(([title, n]) => `- ${title}: ${n}`);
  const text = [
    `# Soak that ended ${now.toISOString().slice(0, 16)} UTC`,
    '',
    `${run.properties.toLocaleString('en')} properties; ${machineText()}; ${Math.round(run.seconds / 60)} minutes: ` +
      `${run.requests.toLocaleString('en')} requests, ${run.edits} edits by staff, ${run.imports} imports, ` +
      `${run.otherPrograms} statements of another program.`,
    '',
    `A like shows in the ranking after ${run.medianMs.toFixed(0)} ms (median of ${run.probes}), ${run.p99Ms.toFixed(0)} ms (99 %), ` +
      `${run.longestMs.toFixed(0)} ms (longest). Highest: ${most('mb')} MB, ${most('files')} files, ${most('connections')} connections.`,
    '',
    'Answers that are no success, and writes that failed:',
    '',
    ...listed({ ...run.failures, writes: run.failedWrites.length }),
    ...run.failedWrites.slice(0, 20).map((line) => `- ${line}`),
    '',
    'Differences at the end:',
    '',
    ...listed(run.differences),
    '',
    `![memory, files, connections and freshness](${name}.svg)`,
    '',
  ].join('\n');
  writeFileSync(`${FOLDER}/${name}.md`, text);
  writeFileSync(`${FOLDER}/${name}.svg`, picture(samples));
  console.log(`${text}\nwritten to ${FOLDER}/${name}.md`);
}

/** @param {readonly Sample[]} samples */
function picture(samples) {
  const minutes = samples.at(-1)?.minute ?? 1;
  const x = (/** @type {number} */ minute) => LEFT + (minute / minutes) * WIDTH;
  const panels = CURVES.map(([key, title], i) => {
    const most = Math.max(...samples.map((sample) => sample[key]), 1) * 1.1;
    const bottom = 40 + i * (PANEL + GAP) + PANEL;
    const y = (/** @type {number} */ value) => bottom - (value / most) * PANEL;
    const points = samples.map((sample) => `${x(sample.minute).toFixed(1)},${y(sample[key]).toFixed(1)}`);
    const ticks = [0, 0.5, 1].map(
      (part) =>
        `<text x="${LEFT - 8}" y="${y(most * part) + 4}" text-anchor="end">${Math.round(most * part)}</text>`,
    );
    return `<text x="${LEFT}" y="${bottom - PANEL - 8}">${title}</text>
<line x1="${LEFT}" x2="${LEFT + WIDTH}" y1="${bottom}" y2="${bottom}" stroke="#999"/>
${ticks.join('\n')}
<polyline points="${points.join(' ')}" fill="none" stroke="#6a1b9a" stroke-width="1.5"/>`;
  });
  const height = 40 + CURVES.length * (PANEL + GAP) + 20;
  const minuteTicks = [0, 0.25, 0.5, 0.75, 1].map(
    (part) =>
      `<text x="${x(minutes * part)}" y="${height - 30}" text-anchor="middle">${Math.round(minutes * part)} min</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + WIDTH + 30}" height="${height}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="white"/>
${panels.join('\n')}
${minuteTicks.join('\n')}
</svg>
`;
}
