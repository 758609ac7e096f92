import { type FileHandle, open } from 'node:fs/promises';

const BLOCK_BYTES = 1 << 16;

/**
 * Compares two files block by block.
 * @returns 'longer' when `path` begins with all bytes of `beginning` and has more; 'no' also when a file cannot be read
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
    for (let at = 0; at < partSize; at += BLOCK_BYTES) {
      const length = Math.min(BLOCK_BYTES, partSize - at);
      const [a, b] = await Promise.all([readAt(whole, at, length), readAt(part, at, length)]);
      if (!a.equals(b)) return 'no';
    }
    return partSize === wholeSize ? 'equal' : 'longer';
  } catch {
    return 'no';
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}
