import { ModuleRef } from '@nestjs/core';
import { AfterRestore } from '../database/after-restore.js';
import { runCommand } from './run-command.js';
import { readArguments } from './usage.js';

readArguments('after-restore');

await runCommand(async (app) => {
  await (await app.get(ModuleRef).create(AfterRestore)).run();
  console.log('The versions, sequences and ids that were given out after the backup are not used again.');
});
