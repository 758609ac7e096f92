import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { queryOf, questionOf, useAddress } from '../address.ts';
import { call } from '../api-call.ts';
import {
  type LikesOfDay,
  listCityRanking,
  listLikeSeries,
  listPropertyRanking,
  type RankedProperty,
  type RankingPage,
} from '../api/index.ts';
import { RANKING } from '../base.ts';
import { useTexts } from '../i18n.ts';
import { AsOf } from '../parts/as-of.tsx';
import { Download } from '../parts/download.tsx';
import { Filters } from '../parts/filters.tsx';
import { HomeLine } from '../parts/home-line.tsx';
import { Movement } from '../parts/movement.tsx';
import { Pages } from '../parts/pages.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { Away, Failed, Loading, Message } from '../parts/states.tsx';
import { Title } from '../parts/title.tsx';
import { useLive } from '../use-live.ts';

const HOMES = 25;
const FRESH_MS = 2_000;
const SERIES_FRESH_MS = 60_000;

export function RankingView() {
  const t = useTexts();
  const address = useAddress();
  const { by, window, city, cursor, go } = address;
  const list = JSON.stringify([by, window, city]);
  /** The list whose page was gone. */
  const [goneFrom, setGoneFrom] = useState<string | null>(null);
  // A later page is of the moment of the first: it does not change.
  const { data, isStale, problem } = useLive(
    JSON.stringify([list, cursor]),
    () => call(() => listPropertyRanking({ query: { ...questionOf(address), limit: HOMES } })),
    cursor ? null : FRESH_MS,
  );
  const isCursorOld = cursor !== null && problem?.fields.includes('cursor') === true;
  useEffect(() => {
    if (!isCursorOld) return;
    setGoneFrom(list);
    go({ cursor: null }, { replace: true });
  }, [isCursorOld]);
  useEffect(() => {
    if (cursor || (goneFrom !== null && goneFrom !== list)) setGoneFrom(null);
  }, [list, cursor]);

  const cities = useLive('cities', () => call(() => listCityRanking({ query: { window: 'all' } })), null);
  const names = cities.data?.items.map((item) => item.city).toSorted((a, b) => a.localeCompare(b));

  return (
    <>
      <div class="top">
        <div>
          <Title text={t.rankingTitle} />
          <p>{t.rankingLead(by)}</p>
        </div>
        <Download address={address} />
      </div>
      <Filters cities={names ?? []} withMethod />
      <Away problem={data ? problem : null} />
      <div role="status">{goneFrom === list && <p class="notice">{t.pageGone}</p>}</div>
      {data ? (
        <Homes page={data} isStale={isStale} isLive={!problem} />
      ) : problem && !isCursorOld ? (
        <Failed problem={problem} />
      ) : (
        <Loading />
      )}
    </>
  );
}

function Homes({ page, isStale, isLive }: { page: RankingPage; isStale: boolean; isLive: boolean }) {
  const t = useTexts();
  const { items, asOf } = page;
  const series = useSeries(items);
  const moved = useMoved(items);
  const { by, cursor, city, window: asked, go } = useAddress();
  const section = useRef<HTMLElement>(null);
  const pageSeen = useRef(cursor);
  useLayoutEffect(() => {
    // Whoever turns a page goes on at its top.
    if (isStale || pageSeen.current === cursor) return;
    pageSeen.current = cursor;
    section.current?.focus();
    section.current?.scrollIntoView();
  }, [isStale, cursor]);
  if (items.length === 0)
    return (
      <Message title={t.nothingLiked} lead={t.nothingLikedLead}>
        {(city || by === 'likes') && (
          <a class="button" href={RANKING}>
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
          {t.ranks(first, last)} · {t.ofThen(t.format.moment(asOf))}
        </p>
      ) : (
        <AsOf moment={asOf} isLive={isLive} />
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
              {t.home}
            </th>
            <th role="columnheader" scope="col">
              {t.ninetyDays}
            </th>
            <th role="columnheader" scope="col" class="number">
              {t.likesOfWindow(window)}
            </th>
            <th role="columnheader" scope="col" class="number">
              {t.likesInAll}
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
                <HomeLine property={property} href={`${RANKING}/homes/${property.id}${query}`} />
              </td>
              <td role="cell" class="days">
                <Sparkline series={series.get(property.id)} />
              </td>
              <td role="cell" class="number window" data-label={t.likesOfWindow(window)}>
                {t.format.count(likes.window)}
              </td>
              <td role="cell" class="number total" data-label={t.likesInAll}>
                {t.format.count(likes.total)}
              </td>
              <td role="cell" class="number score" data-label={t.score}>
                {t.format.score(score)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Pages cursor={cursor} next={page.page.nextCursor} onPage={(to) => go({ cursor: to })} />
    </section>
  );
}

/** The likes of the last 90 days of each home: asked for in one call when others come, or their likes change. */
function useSeries(items: readonly RankedProperty[]): Map<number, LikesOfDay[]> {
  const ids = items.map(({ property }) => property.id).toSorted((a, b) => a - b);
  const totals = items.reduce((sum, { likes }) => sum + likes.total, 0);
  const { data } = useLive(
    JSON.stringify([ids, totals]),
    () => call(() => listLikeSeries({ query: { propertyId: ids } })),
    SERIES_FRESH_MS,
  );
  return new Map(data?.items.map((item) => [item.propertyId, item.series]));
}

/** The homes whose rank is another one than when this list was seen before. */
function useMoved(items: readonly RankedProperty[]): Set<number> {
  const before = useRef(new Map<number, number>());
  const [moved, setMoved] = useState(new Set<number>());
  const ranks = new Map(items.map(({ property, rank }) => [property.id, rank]));
  const key = [...ranks].join();
  useEffect(() => {
    const known = before.current;
    const common = [...ranks].filter(([id]) => known.has(id));
    // Another list altogether is no movement.
    setMoved(new Set(common.filter(([id, rank]) => known.get(id) !== rank).map(([id]) => id)));
    before.current = ranks;
  }, [key]);
  return moved;
}
