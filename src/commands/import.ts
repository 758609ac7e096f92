import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type ImportRequest, prepareImport } from '../import/prepare-import.js';
import { ProgressLine } from '../import/progress-line.js';
import { progressText, summary } from '../import/report.js';
import { ListingsService } from '../properties/write/listings.service.js';
import { StatusCatalogue } from '../properties/read/status-catalogue.js';
import { runCommand, UsageError } from './run-command.js';

const USAGE = 'Usage: npm run import -- FILE [--map MAP.json] [--dry-run]';

await runCommand(async (app) => {
  const stop = new AbortController();
  // `once`: a second Ctrl-C ends the process immediately.
  process.once('SIGINT', () => stop.abort());
  const progressLine = new ProgressLine(process.stderr);
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1_000;
  const run = await prepareImport(
    { listings: app.get(ListingsService), statuses: app.get(StatusCatalogue) },
    {
      ...readArguments(),
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
  if (run.stoppedAt !== null) process.exitCode = 130;
});

function readArguments(): Pick<ImportRequest, 'path' | 'mapPath' | 'fallbackFolder' | 'dryRun'> {
  // npm changes into the package folder; INIT_CWD is the folder in which the command was typed.
  const folder = process.env.INIT_CWD ?? process.cwd();
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { map: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } },
    });
    const [file, ...extra] = positionals;
    if (!file || extra.length > 0) throw new Error(file ? 'One file at a time.' : 'Which file?');
    return {
      path: resolve(folder, file),
      mapPath: values.map === undefined ? null : resolve(folder, values.map),
      fallbackFolder: folder,
      dryRun: values['dry-run'],
    };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${USAGE}`);
  }
}
