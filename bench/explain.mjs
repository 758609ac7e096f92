// `npm run bench -- --explain`: what the server does for each kind of search, as Markdown: the plan of every statement
// and how many rows it really reads. docs/query-plans.md keeps the result.
import mysql from 'mysql2';
import { createConnection } from 'mysql2/promise';
import { cities } from './homes.mjs';
import { tokenOf } from './jobs.mjs';

const STAFF = 1;

const { biggest, small, near } = (() => {
  const [first, , , , , , , , , , tenth] = cities;
  if (!first || !tenth) throw new Error('there are no cities');
  return {
    biggest: encodeURIComponent(first.name),
    small: encodeURIComponent(tenth.name),
    near: `${first.lat},${first.lng}`,
  };
})();

/** @type {readonly [title: string, path: string][]} */
const SEARCHES = [
  ['Everything, newest first', ''],
  ['A city', `city=${biggest}`],
  ['Two cities, by price', `city=${biggest}&city=${small}&sort=price`],
  [
    'A city, price and year: many fit',
    `availability=available&city=${biggest}&minPrice=200000000&maxPrice=600000000&minYear=2000`,
  ],
  ['A city and a narrow price: few fit', `city=${biggest}&minPrice=200000000&maxPrice=201000000`],
  ['A narrow price', 'minPrice=100000000&maxPrice=100200000'],
  ['A narrow price, by area', 'minPrice=100000000&maxPrice=100200000&sort=-area'],
  ['Nothing selective alone, few fit', 'propertyType=farm&minBedrooms=5&stratum=3&maxPrice=100000000'],
  ['The same by area', 'propertyType=farm&minBedrooms=5&stratum=3&sort=area'],
  ['One status', 'status=pre_venta'],
  ['By year, falling, in a city', `city=${biggest}&sort=-year`],
  ['A common word', 'q=casa'],
  ['A rare word', 'q=mirador'],
  ['A common and a rare word, by price', 'q=casa+mirador&sort=price'],
  ['A common word by relevance', 'q=casa&sort=relevance'],
  ['A city’s name and a word by relevance', 'q=villa+casa&sort=relevance'],
  ['A large box', 'bbox=-77,7.2,-76.95,7.25'],
  ['A small box', 'bbox=-76.972,7.268,-76.968,7.272'],
  ['2 km around, newest first', `near=${near}&radius=2000`],
  ['50 km around, nearest first', `near=${near}&radius=50000&sort=distance`],
  ['The most popular of a city', `city=${biggest}&sort=popular`],
  ['Hidden homes, too, for staff: a city', `includeHidden=true&city=${biggest}`],
  ['The ranking of a city, 30 days', `/v1/ranking/properties?by=likes&window=30d&city=${biggest}`],
  ['The trending homes of the country', '/v1/ranking/properties'],
  ['Trending farms', '/v1/ranking/properties?propertyType=farm'],
  ['How the cities compare', '/v1/ranking/cities'],
];

/** @param {import('mysql2/promise').ConnectionOptions} database */
export async function explain(database) {
  /** @type {string[]} */
  const statements = [];
  const prototype = /** @type {{ query: (...args: any[]) => unknown }} */ (
    /** @type {any} */ (mysql).Connection.prototype
  );
  const { query } = prototype;
  prototype.query = function record(/** @type {any[]} */ ...args) {
    if (typeof args[0] === 'string' && /property_search|ranking(?!_state)/.test(args[0]))
      statements.push(mysql.format(args[0], args[1]));
    return query.apply(this, args);
  };
  /** The built app, whose types are those of its sources. @param {string} file @returns {Promise<any>} */
  const load = (file) => import(new URL(`../dist/${file}`, import.meta.url).href);
  const { createApp } = await load('create-app.js');
  const { readConfig } = await load('config/config.js');
  const app = await createApp(readConfig());
  const headers = { authorization: `Bearer ${tokenOf(STAFF)}` };
  const ask = (/** @type {string} */ url) => app.inject({ method: 'GET', url, headers });
  await ask(`/v1/properties?city=${biggest}&minPrice=1`);
  const connection = await createConnection(database);
  await connection.query('update auth_user set is_staff = 1 where id = ?', [STAFF]);
  const [[{ version }]] = /** @type {any} */ (await connection.query('select version() as version'));
  console.log(`## ${version}\n`);
  for (const [title, search] of SEARCHES) {
    statements.length = 0;
    const { statusCode } = await ask(search.startsWith('/') ? search : `/v1/properties?${search}`);
    console.log(
      `**${title}**: \`${search || '(no filter)'}\`${statusCode === 200 ? '' : ` ${statusCode}`}\n`,
    );
    console.log(
      '| # | table | access | index | estimated | extra |\n| ---: | --- | --- | --- | ---: | --- |',
    );
    const asked = [...statements];
    const read = [];
    for (const [i, statement] of asked.entries()) {
      const traditional = /mariadb/i.test(version) ? '' : 'format=traditional';
      const [plan] = /** @type {any} */ (await connection.query(`explain ${traditional} ${statement}`));
      // BatchRunner of a union that are alike are told once.
      /** @type {Map<string, { row: any, times: number }>} */
      const kinds = new Map();
      for (const row of plan) {
        const kind = [row.table?.replace(/\d+(,\d+)*/g, '…'), row.type, row.key, row.Extra].join();
        const known = kinds.get(kind) ?? { row, times: 0 };
        kinds.set(kind, { row: row.rows > known.row.rows ? row : known.row, times: known.times + 1 });
      }
      for (const { row, times } of kinds.values()) {
        const extra = (row.Extra ?? '').replaceAll('; ', ', ');
        const key = (row.key ?? '').replace(/^(property_search|ranking)_/, '…');
        console.log(
          `| ${i + 1} | ${times > 1 ? `${times} × ` : ''}${(row.table ?? '').replace(/(\d+)(,\d+)+/, '$1, …')} | ${row.type ?? ''} | ${key} | ${row.rows ?? ''} | ${extra} |`,
        );
      }
      await connection.query('flush status');
      const start = performance.now();
      await connection.query(statement);
      const ms = performance.now() - start;
      const [handlers] = /** @type {any} */ (
        await connection.query("show session status like 'Handler_read%'")
      );
      const rows = handlers.reduce(
        (/** @type {number} */ sum, /** @type {any} */ row) => sum + Number(row.Value),
        0,
      );
      read.push(`${rows.toLocaleString('en')} (${ms.toFixed(1)} ms)`);
    }
    console.log(`\nRows read, those of temporary tables too: ${read.join(', then ')}.\n`);
  }
  await connection.end();
  await app.close();
}
