import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { queryOf, apiQueryOf, useAddress } from '../address.ts';
import { call } from '../api-call.ts';
import {
  type LikesOfDay,
  listCityRanking,
  listLikeSeries,
  listPropertyRanking,
  type RankedProperty,
  type RankingPage,
} from '../api/index.ts';
import { propertyPath, VIEWS } from '../base.ts';
import { useTexts } from '../i18n.ts';
import { AsOf } from '../parts/as-of.tsx';
import { Download } from '../parts/download.tsx';
import { Filters } from '../parts/filters.tsx';
import { Movement } from '../parts/movement.tsx';
import { Pages } from '../parts/pages.tsx';
import { PropertyLine } from '../parts/property-line.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { Loading, LoadFailed, Message, RefreshFailed } from '../parts/states.tsx';
import { Title } from '../parts/title.tsx';
import { useLive } from '../use-live.ts';

const PAGE_SIZE = 25;
const REFRESH_MS = 2_000;
const SERIES_REFRESH_MS = 60_000;

export function RankingView() {
  const t = useTexts();
  const address = useAddress();
  const { by, window, city, cursor, go } = address;
  const list = JSON.stringify([by, window, city]);
  /** The list whose cursor the service refused. */
  const [expiredList, setExpiredList] = useState<string | null>(null);
  // Later pages show the ranking as of the first page, so they need no refresh.
  const { data, isStale, problem } = useLive(
    JSON.stringify([list, cursor]),
    () => call(() => listPropertyRanking({ query: { ...apiQueryOf(address), limit: PAGE_SIZE } })),
    cursor ? null : REFRESH_MS,
  );
  const isCursorExpired = cursor !== null && problem?.fields.includes('cursor') === true;
  useEffect(() => {
    if (!isCursorExpired) return;
    setExpiredList(list);
    go({ cursor: null }, { replace: true });
  }, [isCursorExpired]);
  useEffect(() => {
    if (cursor || (expiredList !== null && expiredList !== list)) setExpiredList(null);
  }, [list, cursor]);

  const cities = useLive('cities', () => call(() => listCityRanking({ query: { window: 'all' } })), null);
  const cityNames = cities.data?.items.map((item) => item.city).toSorted((a, b) => a.localeCompare(b));

  return (
    <>
      <div class="top">
        <div>
          <Title text={t.rankingTitle} />
          <p>{t.rankingLead(by)}</p>
        </div>
        <Download address={address} />
      </div>
      <Filters cities={cityNames ?? []} withMethod />
      <RefreshFailed problem={data ? problem : null} />
      <div role="status">{expiredList === list && <p class="notice">{t.pageGone}</p>}</div>
      {data ? (
        <RankingTable page={data} isStale={isStale} isLive={!problem} />
      ) : problem && !isCursorExpired ? (
        <LoadFailed problem={problem} />
      ) : (
        <Loading />
      )}
    </>
  );
}

function RankingTable({ page, isStale, isLive }: { page: RankingPage; isStale: boolean; isLive: boolean }) {
  const t = useTexts();
  const { items, asOf } = page;
  const series = useSeries(items);
  const moved = useMovedIds(items);
  const { by, cursor, city, window: asked, go } = useAddress();
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
        {(city || by === 'likes') && (
          <a class="button" href={VIEWS.ranking}>
            {t.clearFilters}
          </a>
        )}
      </Message>
    );
  const window = t.windows[by === 'trending' ? '7d' : asked];
  const query = queryOf({ by, window: asked, city, cursor });
  const [first, last] = [items[0]!.rank, items.at(-1)!.rank].map(t.format.count) as [string, string];
  return (
    <section
      ref={section}
      tabIndex={-1}
      aria-label={t.ranks(first, last)}
      aria-busy={isStale}
      class={isStale ? 'stale' : ''}
    >
      {cursor ? (
        <p class="moment">
          {t.ranks(first, last)} · {t.asOfFirstPage(t.format.dateTime(asOf))}
        </p>
      ) : (
        <AsOf asOf={asOf} isLive={isLive} />
      )}
      <table class="ranking" role="table">
        <caption class="hidden">{t.rankingTitle}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
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
            <th role="columnheader" scope="col" class="number">
              {t.likesOfWindow(window)}
            </th>
            <th role="columnheader" scope="col" class="number">
              {t.totalLikes}
            </th>
            <th role="columnheader" scope="col" class="number">
              {t.score}
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {items.map(({ rank, previousRank, property, likes, score }) => (
            <tr
              key={property.id}
              role="row"
              data-home={property.id}
              class={moved.has(property.id) ? 'moved' : ''}
            >
              <td role="cell" class="rank">
                {t.format.count(rank)}
              </td>
              <td role="cell" class="change">
                <Movement rank={rank} previousRank={previousRank} />
              </td>
              <td role="cell" class="home">
                <PropertyLine property={property} href={propertyPath(property.id) + query} />
              </td>
              <td role="cell" class="days">
                <Sparkline series={series.get(property.id)} />
              </td>
              <td role="cell" class="number window" data-label={t.likesOfWindow(window)}>
                {t.format.count(likes.window)}
              </td>
              <td role="cell" class="number total" data-label={t.totalLikes}>
                {t.format.count(likes.total)}
              </td>
              <td role="cell" class="number score" data-label={t.score}>
                {t.format.score(score)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Pages cursor={cursor} next={page.page.nextCursor} onPage={(target) => go({ cursor: target })} />
    </section>
  );
}

/** Likes by day of the last 90 days, by property id. One call loads them all, again when the ids or their likes change. */
function useSeries(items: readonly RankedProperty[]): Map<number, LikesOfDay[]> {
  const ids = items.map(({ property }) => property.id).toSorted((a, b) => a - b);
  const totals = items.reduce((sum, { likes }) => sum + likes.total, 0);
  const { data } = useLive(
    JSON.stringify([ids, totals]),
    () => call(() => listLikeSeries({ query: { propertyId: ids } })),
    SERIES_REFRESH_MS,
  );
  return new Map(data?.items.map((item) => [item.propertyId, item.series]));
}

/** Ids of the properties whose rank differs from the previous version of this list. */
function useMovedIds(items: readonly RankedProperty[]): Set<number> {
  const previousRanks = useRef(new Map<number, number>());
  const [moved, setMoved] = useState(new Set<number>());
  const ranks = new Map(items.map(({ property, rank }) => [property.id, rank]));
  const key = [...ranks].join();
  useEffect(() => {
    const previous = previousRanks.current;
    // A property that was not in the list has not moved.
    const inBoth = [...ranks].filter(([id]) => previous.has(id));
    setMoved(new Set(inBoth.filter(([id, rank]) => previous.get(id) !== rank).map(([id]) => id)));
    previousRanks.current = ranks;
  }, [key]);
  return moved;
}
