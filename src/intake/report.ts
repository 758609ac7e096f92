import type { ImportRun, Tally } from './import-run.js';

const count = (value: number): string => value.toLocaleString('en-US');

/** How far it is, in the width of a terminal. */
export function progressText({ tally, file }: ImportRun, seconds: number): string {
  const percent = Math.floor(file.fractionRead() * 100);
  const speed = count(Math.round(tally.rows / Math.max(seconds, 0.001)));
  return `${count(tally.rows)} rows (${percent} %, ${speed}/s): ${outcomes(tally)}`;
}

/** What it did, and below that how many rows have each kind of fault. */
export function summary(run: ImportRun, seconds: number): string {
  const { rows, rejected, kinds } = run.tally;
  const { ignored, unseen } = run.columns;
  const width = count(rejected).length;
  const reasons = [...kinds]
    .toSorted(([a, times], [b, otherTimes]) => otherTimes - times || a.localeCompare(b))
    .map(([kind, times]) => `  ${count(times).padStart(width)} ${kind}`);
  const lines = [
    (run.options.dryRun ? 'Dry run, the database is as it was: ' : '') +
      `${count(rows)} rows in ${seconds.toFixed(1)} s: ${outcomes(run.tally)}` +
      (run.rejected.path ? ` (see ${run.rejected.path})` : ''),
    ...reasons,
  ];
  if (run.rejected.earlier.length > 0) {
    lines.push(`Rejected rows of an earlier import, left as they are: ${run.rejected.earlier.join(', ')}`);
  }
  if (ignored.length > 0) lines.push(`Columns that are no field: ${ignored.join(', ')}`);
  if (unseen.size > 0) lines.push(`Columns of the map that no record has: ${[...unseen].join(', ')}`);
  if (run.stoppedAt !== null) {
    const rest = rejected > 0 ? 'does the rest and writes the rejected rows' : 'does the rest';
    lines.push(`Stopped before line ${count(run.stoppedAt)}; the same command again ${rest}.`);
  }
  return lines.join('\n');
}

function outcomes({ created, updated, unchanged, rejected }: Tally): string {
  return (
    `${count(created)} new, ${count(updated)} changed, ${count(unchanged)} unchanged, ` +
    `${count(rejected)} rejected`
  );
}
