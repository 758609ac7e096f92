import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { collectPersonal } from './collected-log.js';
import { WAIT_MS } from './until.js';

export interface Answer {
  status: number;
  headers: Record<string, string | undefined>;
  body: any; // oxlint-disable-line typescript/no-explicit-any -- tests read JSON as a client receives it
  text: string;
}

/** Sends a request through the app's real HTTP stack. */
export async function ask(
  app: NestFastifyApplication,
  url: string,
  {
    method = 'GET',
    headers = {},
    payload,
  }: { method?: string; headers?: Record<string, string>; payload?: string } = {},
): Promise<Answer> {
  if (payload) collectPersonalIn(payload);
  const response = await app.inject({ method: method as 'GET', url, headers, payload });
  const isJson = /json/.test(String(response.headers['content-type'] ?? ''));
  return {
    status: response.statusCode,
    headers: response.headers as Record<string, string | undefined>,
    body: isJson && response.payload ? JSON.parse(response.payload) : undefined,
    text: response.payload,
  };
}

function collectPersonalIn(payload: string): void {
  try {
    collectPersonal(JSON.parse(payload) as Record<string, unknown>);
  } catch {
    // Not JSON.
  }
}

/** The URL of the next page, resolved from the `Link` header of the answer to a request for `url`. */
export function nextOf(url: string, { headers }: Answer): string | undefined {
  const [, reference] = /^<([^>]+)>; rel="next"$/.exec(headers['link'] ?? '') ?? [];
  if (reference === undefined) return undefined;
  const { pathname, search } = new URL(reference, new URL(url, 'http://localhost'));
  return pathname + search;
}

/** Reads all ids of a list, page by page. Fails if two pages overlap. */
export async function walk(app: NestFastifyApplication, url: string): Promise<number[]> {
  const ids: number[] = [];
  const separator = url.includes('?') ? '&' : '?';
  for (let cursor: string | null = ''; cursor !== null;) {
    const answer: Answer = await ask(app, cursor ? `${url}${separator}cursor=${cursor}` : url);
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
    ids.push(...answer.body.items.map((item: { id: number }) => item.id));
    cursor = answer.body.page.nextCursor;
  }
  if (new Set(ids).size !== ids.length) throw new Error(`pages overlap: ${ids.join(' ')}`);
  return ids;
}

/** Repeats the request while the answer is a 503, as a caller of a busy service does. */
export async function persist(request: () => Promise<Answer>): Promise<Answer> {
  const start = performance.now();
  for (;;) {
    const answer = await request();
    if (answer.status !== 503 || performance.now() - start > WAIT_MS) return answer;
  }
}
