import { queryOf, useAddress, propertyQueryOf } from '../address.ts';
import { call } from '../api-call.ts';
import { getPropertyStatistics, type Statistics } from '../api/index.ts';
import { VIEWS } from '../base.ts';
import { useTexts } from '../i18n.ts';
import { Filters } from '../parts/filters.tsx';
import { MonthCharts } from '../parts/month-charts.tsx';
import { QuartileTable } from '../parts/quartile-table.tsx';
import { Loading, LoadFailed, Message, RefreshFailed } from '../parts/states.tsx';
import { Title } from '../parts/title.tsx';
import { useCityNames } from '../ranking-data.ts';
import { useLive } from '../use-live.ts';

const REFRESH_MS = 30_000;

/** Prices, areas and days on the market of a city, and its last 24 months. */
export function MarketView() {
  const t = useTexts();
  const { go: _, ...address } = useAddress();
  const query = propertyQueryOf(address);
  const { data, isStale, problem } = useLive(
    JSON.stringify(['market', query]),
    () => call(() => getPropertyStatistics({ query })),
    REFRESH_MS,
  );
  return (
    <>
      <div class="top">
        <div>
          <Title text={t.marketTitle(address.city)} />
          <p>{t.marketLead}</p>
        </div>
      </div>
      <Filters cities={useCityNames()} withWindow={false} />
      <RefreshFailed problem={data ? problem : null} />
      {data ? (
        <div class={isStale ? 'stale' : ''} aria-busy={isStale}>
          <Market data={data} />
        </div>
      ) : problem ? (
        <LoadFailed problem={problem} />
      ) : (
        <Loading />
      )}
    </>
  );
}

function Market({ data }: { data: Statistics }) {
  const t = useTexts();
  if (data.total === 0)
    return (
      <Message title={t.noProperties} lead={t.noPropertiesLead}>
        <a class="button" href={VIEWS.market + queryOf({ status: 'all' })}>
          {t.clearFilters}
        </a>
      </Message>
    );
  return (
    <>
      <section class="card">
        <h2>{t.quartilesTitle}</h2>
        <p>{t.quartilesLead(t.format.count(data.total))}</p>
        <QuartileTable data={data} />
      </section>
      <section class="card">
        <h2>{t.monthsTitle}</h2>
        <p>{t.monthsLead}</p>
        <MonthCharts months={data.months} />
      </section>
    </>
  );
}
