import { type FileHandle, open } from 'node:fs/promises';

const BLOCK = 1 << 16;

/**
 * Compares two files block by block.
 * @returns 'equal', 'longer' when `path` has all bytes of `beginning` and more, 'no' also for what is no file
 */
export async function beginsWith(path: string, beginning: string): Promise<'equal' | 'longer' | 'no'> {
  const files: FileHandle[] = [];
  try {
    const whole = await open(path);
    files.push(whole);
    const part = await open(beginning);
    files.push(part);
    const [wholeSize, partSize] = [(await whole.stat()).size, (await part.stat()).size];
    if (partSize > wholeSize || !(await part.stat()).isFile()) return 'no';
    for (let at = 0; at < partSize; at += BLOCK) {
      const length = Math.min(BLOCK, partSize - at);
      const [a, b] = await Promise.all([readAt(whole, at, length), readAt(part, at, length)]);
      if (!a.equals(b)) return 'no';
    }
    return partSize === wholeSize ? 'equal' : 'longer';
  } catch {
    return 'no'; // may not be read
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}
