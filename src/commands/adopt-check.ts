import { EntityManager, MikroORM } from '@mikro-orm/mysql';
import { checkAdoption } from '../adoption/adoption-check.js';
import { AdoptionRepository } from '../adoption/adoption.repository.js';
import { report } from '../adoption/report.js';
import { Config } from '../config/config.js';
import { planMigrations } from '../database/migrate.js';
import { runCommand } from './run-command.js';

await runCommand(async (app) => {
  const repository = new AdoptionRepository(app.get(EntityManager));
  const { host, port, name } = app.get(Config).database;
  const plan = await planMigrations(app.get(MikroORM));
  const findings = await checkAdoption(repository);
  console.log(report(`${name} at ${host}:${port}, ${await repository.version()}`, plan, findings));
  if (plan.conflicts.length + plan.taken.length + findings.forPeople.length > 0) process.exitCode = 1;
});
