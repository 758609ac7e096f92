// Bundles the handlers into dist/lambda, and copies what they read into dist/lambda-package, the content of the functions' ZIP file.
// It bundles dist, not src: esbuild does not emit the metadata of decorators.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { build } from 'esbuild';

const project = join(import.meta.dirname, '../..');
const bundles = join(project, 'dist/lambda');
const target = join(project, 'dist/lambda-package');
const MAX_ZIP_BYTES = 5_000_000;
const SERVICES = ['accounts', 'properties', 'likes', 'ranking'];
/** Files that the service reads at run time, at the same places as in the project. */
const FILES = [
  'package.json',
  'dist/web',
  ...['package.json', 'swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'].map(
    (file) => `node_modules/swagger-ui-dist/${file}`,
  ),
];
/** Packages that Nest, Kysely and MikroORM load only where they are installed, and the SDK, which the runtime has. */
const EXTERNAL = [
  '@aws-sdk/*',
  '@nestjs/microservices',
  '@nestjs/microservices/*',
  '@nestjs/websockets',
  '@nestjs/websockets/*',
  '@nestjs/platform-express',
  '@fastify/view',
  '@fastify/multipart',
];

/** One entry for each service: `service:NAME`. @type {import('esbuild').Plugin} */
const entries = {
  name: 'entries',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^service:/ }, ({ path }) => ({ path: path.slice(8), namespace: 'service' }));
    onLoad({ filter: /.*/, namespace: 'service' }, ({ path }) => ({
      contents: `import { createHandler } from './dist/lambda/handler.js';
export const handler = await createHandler('${path}');`,
      resolveDir: project,
    }));
  },
};

/** `import.meta.url` keeps the place of the original file: paths that are relative to it stay valid. @type {import('esbuild').Plugin} */
const places = {
  name: 'places',
  setup({ onLoad }) {
    onLoad({ filter: /[/]dist[/].*\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!path.startsWith(join(project, 'dist/')) || !source.includes('import.meta.url')) return undefined;
      const url = `new URL(${JSON.stringify(relative(bundles, path))}, import.meta.url).href`;
      return { contents: source.replaceAll('import.meta.url', url), resolveDir: dirname(path) };
    });
  },
};

/** Data that is read at each start and that no function uses: phone numbers, and encodings of other databases than UTF-8. @type {import('esbuild').Plugin} */
const unused = {
  name: 'unused',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^libphonenumber-js/ }, ({ path }) => ({ path, namespace: 'unused' }));
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
    onLoad({ filter: /[/]iconv-lite[/]encodings[/]tables[/].*\.json$/ }, () => ({
      contents: '[]',
      loader: 'json',
    }));
  },
};

const { metafile } = await build({
  entryPoints: SERVICES.map((service) => ({ in: `service:${service}`, out: service })),
  outdir: bundles,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  external: EXTERNAL,
  plugins: [entries, places, unused],
  minify: true,
  // Names of classes are names of entities and loggers.
  keepNames: true,
  metafile: true,
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
  logLevel: 'error',
  logOverride: { 'direct-eval': 'silent' },
});

rmSync(target, { recursive: true, force: true });
for (const file of FILES) cpSync(join(project, file), join(target, file), { recursive: true });
mkdirSync(join(target, 'dist/lambda'), { recursive: true });
for (const output of Object.keys(metafile.outputs)) {
  const file = relative(project, output);
  cpSync(output, join(target, file));
}

const bytes = readdirSync(target, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .reduce(
    (sum, { parentPath, name }) => sum + deflateRawSync(readFileSync(join(parentPath, name))).length,
    0,
  );
if (bytes > MAX_ZIP_BYTES)
  throw new Error(`the ZIP file would have ${bytes} bytes, more than ${MAX_ZIP_BYTES}`);
console.log(`${target}: ${(bytes / 1e6).toFixed(1)} MB when zipped`);
