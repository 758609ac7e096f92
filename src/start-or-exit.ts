import { ConfigError } from './config/config.js';

/** Starts the service. Prints one sentence and ends the program when a setting is not usable or a port is taken. */
export async function startOrExit(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const { port } = error as { port?: number };
    if (code === 'EADDRINUSE') exitWith(`Port ${port} is taken by another program; set PORT to a free one.`);
    if (error instanceof ConfigError) exitWith(message);
    throw error;
  }
}

function exitWith(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
