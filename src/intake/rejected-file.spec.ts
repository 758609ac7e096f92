import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RejectedFile } from './rejected-file.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rejected-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('RejectedFile', () => {
  it('stands beside the file, without .gz, with the columns of the file', async () => {
    const file = await RejectedFile.for(join(folder, 'a.csv.gz'), ['x', 'y'], '/');
    await file.add(7, 'a "reason"', ['1', 'two, three']);
    await file.close();
    expect(file.path).toBe(join(folder, 'a.csv.rejected.csv'));
    expect(readFileSync(file.path, 'utf8')).toBe('line,reason,x,y\n7,"a ""reason""",1,"two, three"\n');
  });

  it('is not there without a row, also if it was there before', async () => {
    writeFileSync(join(folder, 'a.csv.rejected.csv'), 'of an earlier import');
    const file = await RejectedFile.for(join(folder, 'a.csv'), [], '/');
    await file.close();
    expect(existsSync(file.path)).toBe(false);
  });

  it('stands in the other folder if the folder of the file can not be written', async () => {
    const file = await RejectedFile.for('/absent/a.csv', [], folder);
    expect(file.path).toBe(join(folder, 'a.csv.rejected.csv'));
  });

  it('tells when it can not be written', async () => {
    const file = await RejectedFile.for(join(folder, 'a.csv'), [], '/');
    mkdirSync(file.path);
    const writing = async (): Promise<void> => {
      for (let line = 1; line <= 10_000; line++) await file.add(line, 'reason', []);
      await file.close();
    };
    await expect(writing()).rejects.toThrow(
      /^The rejected rows can not be written to .*a\.csv\.rejected\.csv/,
    );
  });
});
