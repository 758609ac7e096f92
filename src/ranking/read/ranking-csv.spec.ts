import { expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import type { StreamableFile } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { keepRequest } from '../../http/caller.js';
import type { ExportRankingInput } from './dto/ranking.input.js';
import { RankingCsv } from './ranking-csv.js';
import type { RankingService } from './ranking.service.js';

it('a user has two downloads at a time, and one who hangs up frees the place', async () => {
  // More than the buffers of a stream take.
  const items = Array.from({ length: 1_000 }, () => ({ likes: {}, property: { address: 'x'.repeat(100) } }));
  let open = 0;
  const endless = {
    async *readAll() {
      open++;
      try {
        for (;;) yield { asOf: 0, items };
      } finally {
        open--;
      }
    },
  } as unknown as RankingService;
  const csv = new RankingCsv(endless);
  const hangUp = new AbortController();
  const download = (id: number, { signal } = new AbortController()) =>
    new Promise<StreamableFile>((resolve, reject) => {
      const request = { caller: { id }, signal } as unknown as FastifyRequest;
      keepRequest(request, null, () => {
        csv.write({ excel: false } as ExportRankingInput).then(resolve, reject);
      });
    });
  const files = await Promise.all([download(1), download(1)]);
  const third = download(1, hangUp);
  await setImmediate();
  expect(open).toBe(2);
  await download(2);
  expect(open).toBe(3);
  hangUp.abort();
  await expect(third).rejects.toMatchObject({ type: 'unavailable' });
  files[0].getStream().destroy();
  await download(1);
  expect(open).toBe(3);
});
