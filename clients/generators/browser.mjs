// Runs the session with the client of typescript/ in Chromium. The page's server passes the API on to the service.
//   node browser.mjs chromium http://localhost:8000
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const [browser = 'chromium', service = 'http://localhost:8000'] = process.argv.slice(2);
const TIMEOUT_MS = 60_000;
const PAGE = `
  import { adapter } from './adapters/own-client.js';
  import { runSession } from './session.js';
  const steps = await runSession(adapter(location.origin), 'browser');
  const body = JSON.stringify(steps.map(({ title, error }) => ({ title, error: error && String(error) })));
  await fetch('/steps', { method: 'POST', body });`;

const { outputFiles } = await build({
  stdin: { contents: PAGE, resolveDir: import.meta.dirname },
  bundle: true,
  format: 'esm',
  write: false,
});
const html = `<!doctype html><script type="module">${outputFiles[0].text}</script>`;
const profile = mkdtempSync(join(tmpdir(), 'clients-'));

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  if (request.url === '/') return response.setHeader('content-type', 'text/html').end(html);
  if (request.url === '/steps') {
    response.end();
    return server.emit('steps', JSON.parse(String(body)));
  }
  const { authorization, 'content-type': type, 'if-match': match } = request.headers;
  const headers = Object.entries({ authorization, 'content-type': type, 'if-match': match }).filter(
    ([, value]) => value,
  );
  const answer = await fetch(`${service}${request.url}`, {
    method: request.method,
    headers: Object.fromEntries(headers),
    ...(body.length > 0 && { body }),
  });
  for (const name of ['content-type', 'etag']) {
    if (answer.headers.has(name)) response.setHeader(name, answer.headers.get(name));
  }
  response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
}).listen(0);
const url = `http://localhost:${server.address().port}/`;
// Chromium has no sandbox for root, and CI runs as root.
const args = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`, url];
const chromium = spawn(browser, args, { stdio: 'ignore' });

const [steps] = await once(server, 'steps', { signal: AbortSignal.timeout(TIMEOUT_MS) }).finally(async () => {
  chromium.kill();
  await once(chromium, 'exit');
  rmSync(profile, { recursive: true, force: true });
  server.close();
});
for (const { title, error } of steps) if (error) console.error(`${title}: ${error}`);
const failed = steps.filter(({ error }) => error).length;
console.log(`${steps.length - failed} passed, ${failed} failed`);
process.exit();
