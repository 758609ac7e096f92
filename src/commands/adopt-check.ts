import { EntityManager, MikroORM } from '@mikro-orm/mysql';
import { ModuleRef } from '@nestjs/core';
import { checkAdoption } from '../adoption/adoption-check.js';
import { AdoptionRepository } from '../adoption/adoption.repository.js';
import { report } from '../adoption/report.js';
import { Config } from '../config/config.js';
import { planMigrations } from '../database/migrate.js';
import { readServerZone } from '../database/server-zone.js';
import { runCommand } from './run-command.js';
import { readArguments } from './usage.js';

readArguments('adopt:check');

await runCommand(async (app) => {
  const em: EntityManager = app.get(EntityManager);
  const repository = await app.get(ModuleRef).create(AdoptionRepository);
  const { hosts, name, timezone } = app.get(Config).database;
  const plan = await planMigrations(app.get(MikroORM));
  const findings = await checkAdoption(repository, { assumed: timezone, server: await readServerZone(em) });
  console.log(
    report(
      `${name} at ${hosts.map(({ host, port }) => `${host}:${port}`).join(', ')}, ${await repository.version()}`,
      plan,
      findings,
    ),
  );
  if (plan.conflicts.length + plan.existingColumns.length + findings.actions.length > 0) process.exitCode = 1;
});
