// Generates the key that signs tokens once, in a volume. Runs migrations and, with DEMO_DATA=true, loads demo data into an empty
// database.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';

const secret = '/app/secrets/jwt-secret';
if (!existsSync(secret)) {
  writeFileSync(`${secret}.new`, randomBytes(48).toString('base64'), { mode: 0o600 });
  renameSync(`${secret}.new`, secret);
}
const { status } = spawnSync(process.execPath, ['dist/commands/migrate-and-seed.js'], { stdio: 'inherit' });
process.exitCode = status ?? 1;
