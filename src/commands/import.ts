import { resolve } from 'node:path';
import { prepareImport } from '../import/prepare-import.js';
import { ProgressLine } from '../import/progress-line.js';
import { progressText, summary } from '../import/report.js';
import { ListingsService } from '../properties/write/listings.service.js';
import { StatusCatalogue } from '../properties/read/status-catalogue.js';
import { runCommand } from './run-command.js';
import { readArguments } from './usage.js';

/** Signals that stop an import after its batch, and the exit code then. */
const STOPPED = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

const { values, argument: file } = readArguments('import');
// npm changes into the package folder; INIT_CWD is the folder in which the command was typed.
const folder = process.env.INIT_CWD ?? process.cwd();

await runCommand(async (app) => {
  const stop = new AbortController();
  // `once`: a second Ctrl-C ends the process immediately. A container is stopped by SIGTERM.
  for (const [name, code] of STOPPED) process.once(name, () => stop.abort(code));
  const progressLine = new ProgressLine(process.stderr);
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1_000;
  const run = await prepareImport(
    { listings: app.get(ListingsService), statuses: app.get(StatusCatalogue) },
    {
      path: resolve(folder, file),
      mapPath: values.map === undefined ? null : resolve(folder, values.map),
      fallbackFolder: folder,
      dryRun: values['dry-run'],
      signal: stop.signal,
      progress: (running) => progressLine.show(() => progressText(running, seconds())),
    },
  );
  try {
    await run.execute();
  } finally {
    progressLine.end();
    console.log(summary(run, seconds()));
  }
  if (run.stoppedAt !== null) process.exitCode = stop.signal.reason as number;
});
