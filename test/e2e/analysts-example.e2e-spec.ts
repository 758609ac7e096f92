import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addUsers } from '../support/accounts.js';
import { type Answer, ask } from '../support/client.js';
import { realClock, setClock } from '../support/clock.js';
import { addProperties, type Step } from '../support/factories.js';
import { addLikes, type RankedItem, updateRanking } from '../support/ranking.js';
import { staffNow, useRanking } from '../support/ranking-suite.js';
import { app, database } from '../support/suite.js';

const NOW = Date.parse('2026-11-27T15:00:00Z');
const HALF_LIFE_DAYS = 7;
const PROPERTIES = ['A', 'B', 'C', 'D', 'E', 'F'];
const SOLD: readonly Step[] = [['vendido', '2026-05-01 10:00:00']];

type Row = Readonly<Record<string, string>>;

/** The sections and tables of the example in docs/analysts.md; the text before the first heading is section ''. */
const sections = new Map<string, { text: string; tables: Row[][] }>(
  readFileSync('docs/analysts.md', 'utf8')
    .split(/^## A worked example$/m)[1]!
    .split(/^## /m)[0]!
    .split(/^### /m)
    .map((part, i) => {
      const [title = '', text = ''] = i === 0 ? ['', part] : part.split(/\n([^]*)/);
      return [title, { text, tables: tablesOf(text) }];
    }),
);

function tablesOf(text: string): Row[][] {
  const cellsOf = (line: string): string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  return [...text.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => {
    const [header = '', , ...rows] = table.trim().split('\n');
    return rows.map((row) => Object.fromEntries(cellsOf(row).map((cell, i) => [cellsOf(header)[i]!, cell])));
  });
}

const table = (section: string, index = 0): Row[] => sections.get(section)!.tables[index]!;

/** A number as the page writes it. */
const written = (value: number | null): string => (value === null ? '' : String(value));
const rounded = (value: number): string => value.toFixed(4);

let propertyIds: number[];
const letterOf = (id: number): string => PROPERTIES[propertyIds.indexOf(id)]!;

useRanking();

describe('the worked example of docs/analysts.md', () => {
  beforeAll(async () => {
    setClock(NOW);
    propertyIds = await addProperties(
      database,
      PROPERTIES.map((name) => ({ city: 'Villa de Leyva', ...(name === 'F' && { history: SOLD }) })),
    );
    const names = [...new Set(table('').map(({ user }) => user!))];
    const userIds = await addUsers(
      database,
      names.map((name) => `example-${name}`),
    );
    for (const { property, user, 'liked (UTC)': liked, 'unliked (UTC)': unliked } of table('')) {
      const pair = {
        propertyId: propertyIds[PROPERTIES.indexOf(property!)]!,
        userId: userIds[names.indexOf(user!)]!,
      };
      await addLikes(database, [{ ...pair, at: liked! }]);
      if (!unliked) continue;
      const values = [pair.propertyId, pair.userId];
      await database.run('delete from property_likes where property_id = ? and user_id = ?', values);
      await database.run(
        "insert into like_event (property_id, user_id, action, at) values (?, ?, 'unliked', ?)",
        [...values, unliked],
      );
    }
    await updateRanking(database, HALF_LIFE_DAYS);
  });
  afterAll(realClock);

  const read = async (url: string): Promise<Answer['body']> => {
    const { status, body } = await ask(app, encodeURI(url), { headers: await staffNow() });
    expect([url, status]).toEqual([url, 200]);
    return body;
  };

  it('gives the age and the worth of each like by the formula of the page', () => {
    for (const {
      'liked (UTC)': liked,
      'unliked (UTC)': unliked,
      'age in days': age,
      'worth now': worth,
    } of table('')) {
      const days = (NOW - Date.parse(`${liked!.replace(' ', 'T')}Z`)) / 86_400_000;
      const expected = unliked ? ['', ''] : [written(days), rounded(2 ** (-days / HALF_LIFE_DAYS))];
      expect([age, worth]).toEqual(expected);
    }
  });

  it.each(['Trending', 'Likes of 7 days', 'Likes of 30 days', 'Sold'])(
    'ranks as the page says: %s',
    async (section) => {
      const [, url = ''] = /`GET ([^`]+)`/.exec(sections.get(section)!.text)!;
      const { asOf, items } = (await read(url)) as { asOf: string; items: RankedItem[] };
      expect(asOf).toBe('2026-11-27T15:00:00.000Z');
      const rows = items.map(({ rank, score, likes, previousRank, property }) => ({
        rank: written(rank),
        property: letterOf(property.id),
        score: url.includes('by=likes') ? written(score) : rounded(score),
        'likes.window': written(likes.window),
        'likes.total': written(likes.total),
        previousRank: written(previousRank),
      }));
      expect(rows).toEqual(table(section));
    },
  );

  it('explains property A as the page says', async () => {
    const section = 'Property A in detail';
    const { rank, of, score, terms, change, series } = await read(`/v1/ranking/properties/${propertyIds[0]}`);
    expect(sections.get(section)!.text).toContain(`rank ${rank} of ${of}.`);
    type Term = { fromDays: number; toDays: number; likes: number; weight: number; score: number };
    expect(
      terms.map((term: Term) => ({
        fromDays: written(term.fromDays),
        toDays: written(term.toDays),
        likes: written(term.likes),
        weight: rounded(term.weight),
        score: rounded(term.score),
      })),
    ).toEqual(table(section, 0));
    const { gained, takenBack, aged } = change;
    expect([
      { score: rounded(score), gained: rounded(gained), takenBack: rounded(takenBack), aged: rounded(aged) },
    ]).toEqual(table(section, 1));
    type Day = { date: string; likes: number; unlikes: number };
    const days = series.filter(({ likes, unlikes }: Day) => likes + unlikes > 0);
    expect(
      days.map(({ date, likes, unlikes }: Day) => ({
        date,
        likes: written(likes),
        unlikes: written(unlikes),
      })),
    ).toEqual(table(section, 2));
  });

  it('compares the city, and sorts the public list, as the page says', async () => {
    const { items } = await read('/v1/ranking/cities?window=30d');
    expect(
      items.map(({ city, visibleProperties, likes, likesPerProperty, topProperty }: Answer['body']) => ({
        city,
        visibleProperties: written(visibleProperties),
        likes: written(likes),
        likesPerProperty: rounded(likesPerProperty),
        topProperty: letterOf(topProperty.id),
      })),
    ).toEqual(table('The city'));
    const [, url = '', order = ''] = /`GET ([^`]+)`: ([A-Z, ]+)\./.exec(
      sections.get('The public list')!.text,
    )!;
    const popular = await read(url);
    expect(popular.items.map(({ id }: { id: number }) => letterOf(id)).join(', ')).toBe(order);
  });
});
