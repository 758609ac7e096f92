import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The file of the first of these programs that a folder of PATH has. */
export function inPath(...programs: string[]): string | undefined {
  // Debian's sbin is not in the PATH of every user.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return programs.flatMap((program) => folders.map((folder) => join(folder, program))).find(existsSync);
}
