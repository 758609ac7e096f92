import type { ImportRun, Tally } from './import-run.js';

const count = (value: number): string => value.toLocaleString('en-US');

/** One line of progress. */
export function progressText({ tally, file }: ImportRun, seconds: number): string {
  const percent = Math.floor(file.fractionRead() * 100);
  const speed = count(Math.round(tally.rows / Math.max(seconds, 0.001)));
  return `${count(tally.rows)} rows (${percent} %, ${speed}/s): ${outcomes(tally)}`;
}

/** The result of an import, with the number of rows per kind of fault. */
export function summary(run: ImportRun, seconds: number): string {
  const { rows, rejected, kinds } = run.tally;
  const { ignored, unseen } = run.columns;
  const width = count(rejected).length;
  const reasons = [...kinds]
    .toSorted(([a, times], [b, otherTimes]) => otherTimes - times || a.localeCompare(b))
    .map(([kind, times]) => `  ${count(times).padStart(width)} ${kind}`);
  const lines = [
    (run.options.dryRun ? 'Dry run, nothing was written to the database: ' : '') +
      `${count(rows)} rows in ${seconds.toFixed(1)} s: ${outcomes(run.tally)}` +
      (run.rejected.path ? ` (see ${run.rejected.path})` : ''),
    ...reasons,
  ];
  if (run.rejected.earlier.length > 0) {
    lines.push(`Rejected rows of an earlier import, kept unchanged: ${run.rejected.earlier.join(', ')}`);
  }
  if (ignored.length > 0)
    lines.push(`Ignored columns, because no field has this name: ${ignored.join(', ')}`);
  if (unseen.size > 0) lines.push(`Columns of the map that no record has: ${[...unseen].join(', ')}`);
  if (run.stoppedAt !== null) {
    const rest = rejected > 0 ? 'import the rest and to write the file of rejected rows' : 'import the rest';
    lines.push(`Stopped before line ${count(run.stoppedAt)}; run the same command again to ${rest}.`);
  }
  return lines.join('\n');
}

function outcomes({ created, updated, unchanged, rejected }: Tally): string {
  return (
    `${count(created)} new, ${count(updated)} changed, ${count(unchanged)} unchanged, ` +
    `${count(rejected)} rejected`
  );
}
