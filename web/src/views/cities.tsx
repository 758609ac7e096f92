import { queryOf, useAddress } from '../address.ts';
import { call } from '../api-call.ts';
import { listCityRanking, type ListCityRankingResponse } from '../api/index.ts';
import { propertyPath, VIEWS } from '../base.ts';
import { useTexts } from '../i18n.ts';
import { AsOf } from '../parts/as-of.tsx';
import { BarChart } from '../parts/bar-chart.tsx';
import { Filters } from '../parts/filters.tsx';
import { PropertyLine } from '../parts/property-line.tsx';
import { Loading, LoadFailed, Message, RefreshFailed } from '../parts/states.tsx';
import { Title } from '../parts/title.tsx';
import { useLive } from '../use-live.ts';

const REFRESH_MS = 5_000;
const MAX_CHARTED_CITIES = 12;

export function CitiesView() {
  const t = useTexts();
  const { window } = useAddress();
  const { data, isStale, problem } = useLive(
    JSON.stringify(['cities', window]),
    () => call(() => listCityRanking({ query: { window } })),
    REFRESH_MS,
  );
  return (
    <>
      <div class="top">
        <div>
          <Title text={t.citiesTitle} />
          <p>{t.citiesLead}</p>
        </div>
      </div>
      <Filters />
      <RefreshFailed problem={data ? problem : null} />
      {data ? (
        <Cities data={data} isStale={isStale} isLive={!problem} />
      ) : problem ? (
        <LoadFailed problem={problem} />
      ) : (
        <Loading />
      )}
    </>
  );
}

function Cities({
  data: { items, asOf },
  isStale,
  isLive,
}: {
  data: ListCityRankingResponse;
  isStale: boolean;
  isLive: boolean;
}) {
  const t = useTexts();
  const { window } = useAddress();
  if (items.length === 0) return <Message title={t.noCities} lead={t.noCitiesLead} />;
  const charted = items.slice(0, MAX_CHARTED_CITIES);
  const query = queryOf({ by: 'likes', window });
  return (
    <div class={isStale ? 'stale' : ''} aria-busy={isStale}>
      <AsOf asOf={asOf} isLive={isLive} />
      <section class="card">
        <h2>{t.cityChartTitle(charted.length)}</h2>
        <BarChart
          summary={charted.map(({ city, likes }) => `${city}: ${t.format.count(likes)}`).join(', ')}
          isHorizontal
          labels={charted.map(({ city }) => city)}
          series={[{ label: t.likes, values: charted.map(({ likes }) => likes), colour: '--accent' }]}
          format={t.format.count}
        />
      </section>
      <table class="cities" role="table">
        <caption class="hidden">{t.citiesTitle}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              {t.city}
            </th>
            <th role="columnheader" scope="col" class="number">
              {t.visibleProperties}
            </th>
            <th role="columnheader" scope="col" class="number">
              {t.likes}
            </th>
            <th role="columnheader" scope="col" class="number">
              {t.likesPerProperty}
            </th>
            <th role="columnheader" scope="col">
              {t.topProperty}
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {items.map(({ city, visibleProperties, likes, likesPerProperty, topProperty }) => (
            <tr key={city} role="row">
              <td role="cell" class="city">
                <a href={VIEWS.ranking + queryOf({ by: 'likes', window, city })}>{city}</a>
              </td>
              <td role="cell" class="number" data-label={t.visibleProperties}>
                {t.format.count(visibleProperties)}
              </td>
              <td role="cell" class="number" data-label={t.likes}>
                {t.format.count(likes)}
              </td>
              <td role="cell" class="number" data-label={t.likesPerProperty}>
                {t.format.ratio(likesPerProperty)}
              </td>
              <td role="cell" class="home">
                {topProperty ? (
                  <PropertyLine property={topProperty} href={propertyPath(topProperty.id) + query} />
                ) : (
                  '–'
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
