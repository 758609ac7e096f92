/**
 * Reads the arguments of the npm commands. The texts are compiled with the commands: the image has those without this folder.
 * @type {typeof import('../src/commands/usage.js')}
 */
const usage = await import(new URL('../dist/commands/usage.js', import.meta.url).href);
export const { isCommand, readArguments } = usage;
