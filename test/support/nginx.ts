import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Service } from '../../src/config/config.js';
import { NGINX } from './optional.js';
import { until } from './until.js';

interface Nginx {
  address: string;
  stop: () => Promise<void>;
}

/** Starts a private nginx on a free port. It serves `upstream` below `/listings/` and compresses JSON. */
export async function startNginx(upstream: string): Promise<Nginx> {
  const nginx = await runNginx(
    (port) => `
  gzip on;
  gzip_types application/json;
  gzip_min_length 1;
  server {
    listen 127.0.0.1:${port};
    location /listings/ {
      proxy_pass ${upstream}/;
      # As nginx passes it on by itself, the service may compress; here nginx is to do it.
      proxy_set_header Accept-Encoding "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
    }
  }`,
  );
  return { ...nginx, address: `${nginx.address}/listings` };
}

/** Starts a private nginx with the configuration of the compose profile `microservices`. */
export function startServicesProxy(addresses: Readonly<Record<Service, string>>): Promise<Nginx> {
  const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
  let text = readFileSync(file('deploy/compose/nginx.conf'), 'utf8')
    .replace(/^resolver .*/m, '')
    .replaceAll('/srv/openapi.json', file('docs/openapi.json'));
  for (const [service, address] of Object.entries(addresses))
    text = text.replace(`server ${service}:8000 resolve;`, `server ${new URL(address).host};`);
  return runNginx((port) => text.replace('listen 80;', `listen 127.0.0.1:${port};`));
}

async function runNginx(configuration: (port: number) => string): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n  ');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr;
events {}
http {
  access_log off;
  ${temporary}
  ${configuration(port)}
}
`,
  );
  const child = spawn(NGINX ?? 'nginx', ['-e', 'stderr', '-p', folder, '-c', 'nginx.conf'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  const closed = once(child, 'close');
  await until(() => {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${output}`);
    return accepts(port);
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await closed;
    rmSync(folder, { recursive: true });
  };
  return { address: `http://127.0.0.1:${port}`, stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
