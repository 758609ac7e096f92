import { readFile } from 'node:fs/promises';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { ImportError } from './import-error.js';
import { FIELD_NAMES, ImportMap, isRequired, sourcesOf } from './import-map.js';

/** @throws ImportError for an unreadable file, or with a line for each fault */
export async function loadMap(path: string): Promise<ImportMap> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new ImportError(`The map cannot be read: ${error.message}.`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new ImportError(`The map ${path} is not JSON: ${(error as Error).message}.`);
  }
  return parseMap(json);
}

/** @throws ImportError with a line for each fault */
export function parseMap(json: unknown): ImportMap {
  if (Object(json) !== json || Array.isArray(json)) throw new ImportError('The map must be an object.');
  const map = plainToInstance(ImportMap, json);
  const faults = faultsIn(validateSync(map, { whitelist: true, forbidNonWhitelisted: true }));
  if (faults.length === 0) faults.push(...contradictionsIn(map));
  if (faults.length > 0) throw new ImportError(['The map cannot be used:', ...faults].join('\n  '));
  return map;
}

/**
 * The mapping for a file whose columns have the names of the fields.
 * @param columns of the file; null: each record names its own, so all fields are mapped
 */
export function mapOfOwnFields(columns: readonly string[] | null): ImportMap {
  const names = FIELD_NAMES.filter((name) => !columns || columns.includes(name) || isRequired(name));
  const fields = Object.fromEntries(names.map((name) => [name, { column: name }]));
  return Object.assign(new ImportMap(), { fields: { ...fields, externalRef: { columns: ['externalRef'] } } });
}

function faultsIn(errors: readonly ValidationError[], parent = ''): string[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }) => {
    const path = parent + property;
    const [rule, message] = Object.entries(constraints)[0] ?? [];
    if (rule === undefined) return faultsIn(children, `${path}.`);
    return [`${path}: ${rule === 'whitelistValidation' ? 'is not a known setting' : message}`];
  });
}

function contradictionsIn(map: ImportMap): string[] {
  const { latitude, longitude } = map.fields;
  const faults = sourcesOf(map).flatMap(([field, source]) => {
    const { column, columns, constant, unreadable, decimal, decimalComma } = source;
    // A row without a status gets `en_venta`: an unreadable status would put the property on sale.
    if (unreadable && (isRequired(field) || field === 'status')) {
      return [`fields.${field}.unreadable: is not allowed for this field`];
    }
    if (decimal && typeof decimalComma === 'boolean' && decimalComma !== (decimal === 'comma')) {
      return [`fields.${field}.decimalComma: contradicts "decimal": "${decimal}", leave it out`];
    }
    const ok = columns || (column === undefined) !== (constant === undefined);
    return ok ? [] : [`fields.${field}: needs either a column or a constant`];
  });
  if (!latitude !== !longitude) {
    faults.push(`fields.${latitude ? 'longitude' : 'latitude'}: is missing, the other coordinate is not`);
  }
  return faults;
}
