import { useEffect, useState } from 'preact/hooks';
import { apiQueryOf, useAddress } from '../address.ts';
import { call } from '../api-call.ts';
import { listPropertyRanking } from '../api/index.ts';
import { useTexts } from '../i18n.ts';
import { useCityNames } from '../ranking-data.ts';
import { Download } from '../parts/download.tsx';
import { Filters } from '../parts/filters.tsx';
import { RankingTable } from '../parts/ranking-table.tsx';
import { Loading, LoadFailed, RefreshFailed } from '../parts/states.tsx';
import { Title } from '../parts/title.tsx';
import { useLive } from '../use-live.ts';

const PAGE_SIZE = 25;
const REFRESH_MS = 2_000;

export function RankingView() {
  const t = useTexts();
  const { go, ...address } = useAddress();
  const { by, cursor } = address;
  const list = JSON.stringify({ ...address, cursor: null });
  /** The list whose cursor the service refused. */
  const [expiredList, setExpiredList] = useState<string | null>(null);
  // Later pages show the ranking as of the first page, so they need no refresh.
  const { data, dataKey, isStale, problem } = useLive(
    JSON.stringify(address),
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

  return (
    <>
      <div class="top">
        <div>
          <Title text={t.rankingTitle} />
          <p>{t.rankingLead(by)}</p>
        </div>
        <Download address={address} />
      </div>
      <Filters cities={useCityNames()} withMethod />
      <RefreshFailed problem={data ? problem : null} />
      <div role="status">{expiredList === list && <p class="notice">{t.pageGone}</p>}</div>
      {data ? (
        <RankingTable page={data} list={dataKey} isStale={isStale} isLive={!problem} />
      ) : problem && !isCursorExpired ? (
        <LoadFailed problem={problem} />
      ) : (
        <Loading />
      )}
    </>
  );
}
