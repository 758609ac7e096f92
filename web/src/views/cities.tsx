import { CITY_FIELDS, type CityField, type CitySort, queryOf, useAddress } from '../address.ts';
import { call } from '../api-call.ts';
import { listCityRanking, type ListCityRankingResponse } from '../api/index.ts';
import { propertyPath, VIEWS } from '../base.ts';
import { useTexts } from '../i18n.ts';
import { AsOf } from '../parts/as-of.tsx';
import { Filters } from '../parts/filters.tsx';
import { PropertyLine } from '../parts/property-line.tsx';
import { Loading, LoadFailed, Message, RefreshFailed } from '../parts/states.tsx';
import { SortHeading } from '../parts/sort-heading.tsx';
import { Title } from '../parts/title.tsx';
import { useLive } from '../use-live.ts';

const REFRESH_MS = 5_000;

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
  const { window, sort } = useAddress();
  if (items.length === 0) return <Message title={t.noCities} lead={t.noCitiesLead} />;
  const mostLikes = Math.max(1, ...items.map(({ likes }) => likes));
  const sorted = items.toSorted(comparisonOf(sort));
  const query = queryOf({ by: 'likes', window });
  const labels = {
    city: t.city,
    visibleProperties: t.visibleProperties,
    likes: t.likes,
    likesPerProperty: t.likesPerProperty,
  };
  return (
    <div class={isStale ? 'stale' : ''} aria-busy={isStale}>
      <AsOf asOf={asOf} isLive={isLive} />
      <table class="cities" role="table">
        <caption class="hidden">{t.citiesTitle}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {CITY_FIELDS.map((field) => (
              <SortHeading key={field} field={field} label={labels[field]} />
            ))}
            <th role="columnheader" scope="col">
              {t.topProperty}
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {sorted.map(({ city, visibleProperties, likes, likesPerProperty, topProperty }) => (
            <tr key={city} role="row">
              <td role="cell" class="city">
                <a href={VIEWS.ranking + queryOf({ by: 'likes', window, city, status: 'all' })}>{city}</a>
              </td>
              <td role="cell" class="number" data-label={t.visibleProperties}>
                {t.format.count(visibleProperties)}
              </td>
              <td role="cell" class="number likes" data-label={t.likes}>
                <span class="with-bar">
                  <svg aria-hidden="true">
                    <rect width={`${(likes / mostLikes) * 100}%`} height="100%" rx="3" />
                  </svg>
                  {t.format.count(likes)}
                </span>
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

type City = ListCityRankingResponse['items'][number];

/** Compares two cities. Equal ones stay in the order of the service: most likes first, then by name. */
function comparisonOf(sort: CitySort): (a: City, b: City) => number {
  const field = sort.replace('-', '') as CityField;
  const direction = sort.startsWith('-') ? -1 : 1;
  return (a, b) => direction * (field === 'city' ? a.city.localeCompare(b.city) : a[field] - b[field]);
}
