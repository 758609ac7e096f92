import { useLayoutEffect, useRef } from 'preact/hooks';
import { queryOf, useAddress } from '../address.ts';
import type { RankedProperty, RankingPage } from '../api/index.ts';
import { propertyPath, VIEWS } from '../base.ts';
import { useTexts } from '../i18n.ts';
import { useMovedIds, useSeries, useTotal } from '../ranking-data.ts';
import { AsOf } from './as-of.tsx';
import { Movement } from './movement.tsx';
import { Pages } from './pages.tsx';
import { PropertyLine } from './property-line.tsx';
import { Sparkline } from './sparkline.tsx';
import { Message } from './states.tsx';

interface Props {
  page: RankingPage;
  /** Identifies the list that `page` belongs to. */
  list: string;
  isStale: boolean;
  isLive: boolean;
}

export function RankingTable({ page: { items, asOf, page }, list, isStale, isLive }: Props) {
  const t = useTexts();
  const series = useSeries(items);
  const moved = useMovedIds(items, list);
  const { go, ...address } = useAddress();
  const { cursor } = address;
  const counted = useTotal(address);
  const columns = useNumberColumns();
  const section = useRef<HTMLElement>(null);
  const shownCursor = useRef(cursor);
  useLayoutEffect(() => {
    // A reader who turns a page starts at its top.
    if (isStale || shownCursor.current === cursor) return;
    shownCursor.current = cursor;
    section.current?.focus();
    section.current?.scrollIntoView();
  }, [isStale, cursor]);
  if (items.length === 0)
    return (
      <Message title={t.noLikes} lead={t.noLikesLead}>
        {queryOf(address) && (
          <a class="button" href={VIEWS.ranking}>
            {t.clearFilters}
          </a>
        )}
      </Message>
    );
  const last = items.at(-1)!.rank;
  const [from, to] = [items[0]!.rank, last].map(t.format.count) as [string, string];
  // The last page shows the exact total. The counted one can be older than the page.
  const total = page.nextCursor === null ? last : counted === null ? null : Math.max(counted, last);
  return (
    <section
      ref={section}
      tabIndex={-1}
      aria-label={t.ranks(from, to)}
      aria-busy={isStale}
      class={isStale ? 'stale' : ''}
    >
      <div class="list-head">
        <p class="range">{total === null ? t.range(from, to) : t.rangeOf(from, to, t.format.count(total))}</p>
        {cursor ? (
          <p class="moment">{t.asOfFirstPage(t.format.dateTime(asOf))}</p>
        ) : (
          <AsOf asOf={asOf} isLive={isLive} />
        )}
      </div>
      <table class="ranking" role="table">
        <caption class="hidden">{t.rankingTitle}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col" class="number">
              {t.rank}
            </th>
            <th role="columnheader" scope="col">
              {t.movement}
            </th>
            <th role="columnheader" scope="col">
              {t.property}
            </th>
            <th role="columnheader" scope="col">
              {t.ninetyDays}
            </th>
            {columns.map(({ name, label }) => (
              <th key={name} role="columnheader" scope="col" class="number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {items.map((item) => (
            <tr
              key={item.property.id}
              role="row"
              data-home={item.property.id}
              class={moved.has(item.property.id) ? 'moved' : ''}
            >
              <td role="cell" class="number rank">
                {t.format.count(item.rank)}
              </td>
              <td role="cell" class="change">
                <Movement rank={item.rank} previousRank={item.previousRank} />
              </td>
              <td role="cell" class="home">
                <PropertyLine
                  property={item.property}
                  href={propertyPath(item.property.id) + queryOf(address)}
                />
              </td>
              <td role="cell" class="days">
                <Sparkline series={series.get(item.property.id)} />
              </td>
              {columns.map(({ name, label, isSortedBy, textOf }) => (
                <td
                  key={name}
                  role="cell"
                  class={`number ${name} ${isSortedBy ? 'sorted' : ''}`}
                  data-label={label}
                >
                  {textOf(item)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Pages cursor={cursor} next={page.nextCursor} onPage={(target) => go({ cursor: target })} />
    </section>
  );
}

interface NumberColumn {
  name: string;
  label: string;
  isSortedBy: boolean;
  textOf: (item: RankedProperty) => string;
}

/** The number columns of a list, without a column that repeats another: the score of `likes` is the likes of its window. */
function useNumberColumns(): NumberColumn[] {
  const t = useTexts();
  const { by, window } = useAddress();
  const isTrending = by === 'trending';
  const columns: NumberColumn[] = [
    {
      name: 'total',
      label: t.totalLikes,
      isSortedBy: !isTrending && window === 'all',
      textOf: ({ likes: { trusted, total } }) =>
        trusted === total
          ? t.format.count(total)
          : t.countedOf(t.format.count(trusted), t.format.count(total)),
    },
  ];
  if (isTrending || window !== 'all')
    columns.unshift({
      name: 'window',
      label: t.likesOfWindow(t.windows[isTrending ? '7d' : window]),
      isSortedBy: !isTrending,
      textOf: ({ likes }) => t.format.count(likes.window),
    });
  if (isTrending)
    columns.push({
      name: 'score',
      label: t.score,
      isSortedBy: true,
      textOf: ({ score }) => t.format.score(score),
    });
  return columns;
}
