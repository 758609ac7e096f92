// `npm run bench -- --explain`: prints, as Markdown, the plan of every statement of each kind of search and the number of rows that
// it reads. docs/query-plans.md keeps the result.
import mysql from 'mysql2';
import { setTimeout as pause } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { tokenOf } from './jobs.mjs';
import { cities } from './properties.mjs';

/** A generated user who is made staff. */
const STAFF_ID = 1;

const { biggestCity, smallCity, near, polygon } = (() => {
  const [first, , , , , , , , , , tenth] = cities;
  if (!first || !tenth) throw new Error('there are no cities');
  return {
    biggestCity: encodeURIComponent(first.name),
    smallCity: encodeURIComponent(tenth.name),
    near: `${first.lat},${first.lng}`,
    polygon: Array.from({ length: 20 }, (_, i) => {
      const angle = (2 * Math.PI * i) / 20;
      const radius = first.spread * (i % 2 ? 0.3 : 0.2);
      return `${(first.lng + radius * Math.cos(angle)).toFixed(4)},${(first.lat + radius * Math.sin(angle)).toFixed(4)}`;
    }).join(','),
  };
})();

/** @type {readonly [title: string, path: string][]} */
const SEARCHES = [
  ['Everything, newest first', ''],
  ['A city', `city=${biggestCity}`],
  ['Two cities, by price', `city=${biggestCity}&city=${smallCity}&sort=price`],
  [
    'A city, price and year: many matches',
    `availability=available&city=${biggestCity}&minPrice=200000000&maxPrice=600000000&minYear=2000`,
  ],
  ['A city and a narrow price: few matches', `city=${biggestCity}&minPrice=200000000&maxPrice=201000000`],
  ['A narrow price', 'minPrice=100000000&maxPrice=100200000'],
  ['A narrow price, by area', 'minPrice=100000000&maxPrice=100200000&sort=-area'],
  ['No selective filter, few matches', 'propertyType=farm&minBedrooms=5&stratum=3&maxPrice=100000000'],
  ['The same by area', 'propertyType=farm&minBedrooms=5&stratum=3&sort=area'],
  ['One status', 'status=pre_venta'],
  ['By year, descending, in a city', `city=${biggestCity}&sort=-year`],
  ['A common word', 'q=casa'],
  ['A rare word', 'q=mirador'],
  ['A common and a rare word, by price', 'q=casa+mirador&sort=price'],
  ['A common word by relevance', 'q=casa&sort=relevance'],
  ['A city’s name and a word by relevance', 'q=villa+casa&sort=relevance'],
  ['A large box', 'bbox=-77,7.2,-76.95,7.25'],
  ['A small box', 'bbox=-76.972,7.268,-76.968,7.272'],
  ['2 km around, newest first', `near=${near}&radius=2000`],
  ['50 km around, nearest first', `near=${near}&radius=50000&sort=distance`],
  ['The most popular of a city', `city=${biggestCity}&sort=popular`],
  ['A city with hidden properties, for staff', `includeHidden=true&city=${biggestCity}`],
  ['A polygon of 20 corners', `polygon=${polygon}`],
  ['The same and a type, in the database', `polygon=${polygon}&propertyType=house`],
  ['The same by price', `polygon=${polygon}&sort=price`],
  ['Reduced prices', 'priceReduced=true'],
  ['Reduced prices of a city', `priceReduced=true&city=${biggestCity}`],
  ['The largest reductions', 'sort=-priceDrop'],
  ['The largest reductions of a city', `city=${biggestCity}&sort=-priceDrop`],
  ['A long time on the market', 'minDaysOnMarket=400'],
  ['A city with likes', `city=${biggestCity}&include=likes`],
  ['The prices of a property', '/v1/properties/10/price-history'],
  ['A deep page of changes', '/v1/changes?after=100000&limit=100'],
  ['Changes of liked properties', '/v1/me/likes/changes'],
  ['The ranking of a city, 30 days', `/v1/ranking/properties?by=likes&window=30d&city=${biggestCity}`],
  ['The trending properties of the country', '/v1/ranking/properties'],
  ['Trending farms', '/v1/ranking/properties?propertyType=farm'],
  ['The ranking of cities', '/v1/ranking/cities'],
];

/**
 * Records every statement on the tables of search and ranking, in this process.
 * @returns {string[]} the statements with their values; the caller empties it
 */
function recordStatements() {
  /** @type {string[]} */
  const statements = [];
  const prototype = /** @type {{ query: (...args: any[]) => unknown }} */ (
    /** @type {any} */ (mysql).Connection.prototype
  );
  const { query } = prototype;
  prototype.query = function record(/** @type {any[]} */ ...args) {
    if (typeof args[0] === 'string' && /property_(search|price|change|likes)|ranking(?!_state)/.test(args[0]))
      statements.push(mysql.format(args[0], args[1]));
    return query.apply(this, args);
  };
  return statements;
}

/** @param {import('mysql2/promise').ConnectionOptions} database @param {string} statement @returns the rows and milliseconds */
async function rowsReadBy(database, statement) {
  // The counters of a new session are 0. FLUSH STATUS would need a privilege.
  const connection = await createConnection(database);
  const start = performance.now();
  await connection.query(statement);
  const ms = performance.now() - start;
  const [handlers] = /** @type {any} */ (await connection.query("show session status like 'Handler_read%'"));
  await connection.end();
  const rows = handlers.reduce(
    (/** @type {number} */ sum, /** @type {any} */ row) => sum + Number(row.Value),
    0,
  );
  return `${rows.toLocaleString('en')} (${ms.toFixed(1)} ms)`;
}

/** @param {(string | number | null)[]} cells statement, table, access, index, estimated rows, extra */
function planLine(cells) {
  const [number = '', table = '', access = '', index = '', estimated = '', extra = ''] = cells.map((cell) =>
    String(cell ?? ''),
  );
  const plan = `${number.padEnd(2)} ${table.padEnd(15)} ${access.padEnd(8)} ${index.padEnd(20)}`;
  return `  ${plan} ${estimated.padStart(9)}  ${extra}`.trimEnd();
}

/** The lines of a plan. @param {any[]} plan @param {number} number of the statement */
function planLines(plan, number) {
  // Equal branches of a union become one line.
  /** @type {Map<string, { row: any, times: number }>} */
  const lines = new Map();
  for (const row of plan) {
    const key = [row.table?.replace(/\d+(,\d+)*/g, '…'), row.type, row.key, row.Extra].join();
    const known = lines.get(key) ?? { row, times: 0 };
    lines.set(key, { row: row.rows > known.row.rows ? row : known.row, times: known.times + 1 });
  }
  return [...lines.values()].map(({ row, times }) => {
    const extra = (row.Extra ?? '').replaceAll('; ', ', ');
    const index = (row.key ?? '').replace(/^(property_search|ranking)_/, '…');
    const table = (row.table ?? '').replace(/(\d+)(,\d+)+/, '$1, …');
    return planLine([number, `${times > 1 ? `${times} × ` : ''}${table}`, row.type, index, row.rows, extra]);
  });
}

/** @param {import('mysql2/promise').ConnectionOptions} database */
export async function explain(database) {
  const statements = recordStatements();
  /** Loads a module of the built app, which has no types. @param {string} file @returns {Promise<any>} */
  const load = (file) => import(new URL(`../dist/${file}`, import.meta.url).href);
  const { createApp } = await load('create-app.js');
  const { readConfig } = await load('config/config.js');
  const app = await createApp(readConfig());
  const headers = { authorization: `Bearer ${tokenOf(STAFF_ID)}` };
  const get = (/** @type {string} */ url) => app.inject({ method: 'GET', url, headers });
  // Statements of the first request, such as those that read the statuses, belong to no search.
  await get(`/v1/properties?city=${biggestCity}&minPrice=1`);
  const { LoadedColumns } = await load('properties/facets/loaded-columns.js');
  // So do those that load the columns.
  while (!(await app.get(LoadedColumns).current())) await pause(500);
  const connection = await createConnection(database);
  await connection.query('update auth_user set is_staff = 1 where id = ?', [STAFF_ID]);
  const [[{ version }]] = /** @type {any} */ (await connection.query('select version() as version'));
  console.log(`## ${version}\n\n\`\`\`text`);
  console.log(planLine(['#', 'table', 'access', 'index', 'estimated', 'extra']));
  for (const [title, search] of SEARCHES) {
    statements.length = 0;
    const { statusCode } = await get(search.startsWith('/') ? search : `/v1/properties?${search}`);
    const rowsRead = [];
    const plans = [];
    for (const [i, statement] of [...statements].entries()) {
      const traditional = /mariadb/i.test(version) ? '' : 'format=traditional';
      const [plan] = /** @type {any} */ (await connection.query(`explain ${traditional} ${statement}`));
      plans.push(...planLines(plan, i + 1));
      rowsRead.push(await rowsReadBy(database, statement));
    }
    const status = statusCode === 200 ? '' : ` ${statusCode}`;
    console.log(`\n${title} (${search || 'no filter'})${status}: ${rowsRead.join(', then ')}`);
    console.log(plans.join('\n'));
  }
  console.log('```');
  await connection.end();
  await app.close();
}
