// Checks manifests with the schemas of the Kubernetes API: the validators of `kubernetes-models`, which know formats and
// enumerations, and the compiler with its types, which rejects unknown fields.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, '.local/manifests.ts');
const TSC =
  'tsc --noEmit --strict --skipLibCheck --ignoreConfig --target es2024 --module nodenext --types node --pretty false';

const moduleOf = ({ apiVersion, kind }) =>
  `${apiVersion.startsWith('gateway.') ? '@kubernetes-models/gateway-api' : 'kubernetes-models'}/${apiVersion}/${kind}`;

/** @returns the faults of these manifests */
export async function faultsOf(manifests) {
  return [...(await Promise.all(manifests.map(invalidValues))), ...typeErrors(manifests)].flat();
}

async function invalidValues(manifest) {
  const { [manifest.kind]: Model } = await import(moduleOf(manifest));
  try {
    new Model(manifest).validate();
    return [];
  } catch (error) {
    return [`${manifest.kind}: ${error.message}`];
  }
}

function typeErrors(manifests) {
  const modules = new Map(manifests.map((manifest) => [manifest.kind, moduleOf(manifest)]));
  const imports = [...modules].map(([kind, module]) => `import type { I${kind} } from '${module}';`);
  const lines = manifests.map(
    (manifest) => `void (${JSON.stringify(manifest)} satisfies I${manifest.kind});`,
  );
  mkdirSync(join(FILE, '..'), { recursive: true });
  writeFileSync(FILE, [...imports, ...lines].join('\n'));
  const [program, ...options] = TSC.split(' ');
  const { status, stdout, error } = spawnSync(program, [...options, FILE], { encoding: 'utf8' });
  if (error) throw error;
  const faults = [...stdout.matchAll(/\((\d+),\d+\): error (.+)/g)].map(
    ([, line, message]) => `${manifests[line - imports.length - 1]?.kind}: ${message}`,
  );
  return status === 0 || faults.length > 0 ? faults : [stdout];
}
