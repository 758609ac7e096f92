import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const LIMIT_BYTES = 4_000;

test('the client is a bundle for browsers of less than 4 KB', async (context) => {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '@property-service/client'`, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  const bytes = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
  context.diagnostic(`${bytes} bytes gzipped`);
  assert.ok(bytes > 0 && bytes < LIMIT_BYTES, `${bytes} bytes`);
});
