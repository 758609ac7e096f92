import { useState } from 'preact/hooks';
import { apiQueryOf, queryOf, useAddress } from '../address.ts';
import { call } from '../api-call.ts';
import { listPropertyRanking, type ListPropertyRankingResponse } from '../api/index.ts';
import { propertyPath, VIEWS } from '../base.ts';
import { useCityNames } from '../ranking-data.ts';
import { useTexts } from '../i18n.ts';
import { AsOf } from '../parts/as-of.tsx';
import { Filters } from '../parts/filters.tsx';
import { PlacesTable } from '../parts/places-table.tsx';
import { ScoreMap } from '../parts/score-map.tsx';
import { Loading, LoadFailed, Message, RefreshFailed } from '../parts/states.tsx';
import { Title } from '../parts/title.tsx';
import { boxOf, located, placesOf, type ScorePlace } from '../score-places.ts';
import { useLive } from '../use-live.ts';

/** The longest page of the service. */
const SHOWN_PROPERTIES = 100;
const REFRESH_MS = 10_000;

/** Where the best of the ranking are. */
export function MapView() {
  const t = useTexts();
  const { go: _, ...address } = useAddress();
  const query = { ...apiQueryOf({ ...address, cursor: null }), limit: SHOWN_PROPERTIES };
  const { data, isStale, problem } = useLive(
    JSON.stringify(['map', query]),
    async () => ({ ...(await call(() => listPropertyRanking({ query }))), city: address.city }),
    REFRESH_MS,
  );
  return (
    <>
      <div class="top">
        <div>
          <Title text={t.mapTitle} />
          <p>{t.mapLead(SHOWN_PROPERTIES)}</p>
        </div>
      </div>
      <Filters cities={useCityNames()} withMethod />
      <RefreshFailed problem={data ? problem : null} />
      {data ? (
        <div class={isStale ? 'stale' : ''} aria-busy={isStale}>
          <Places data={data} isLive={!problem} />
        </div>
      ) : problem ? (
        <LoadFailed problem={problem} />
      ) : (
        <Loading />
      )}
    </>
  );
}

/** What is shown: while the data of another city loads, still the city of the shown data. */
type Shown = ListPropertyRankingResponse & { city: string | null };

function Places({ data: { items, asOf, city }, isLive }: { data: Shown; isLive: boolean }) {
  const t = useTexts();
  const { go: _, ...address } = useAddress();
  const [shown, setShown] = useState<number | null>(null);
  if (items.length === 0) return <Message title={t.noLikes} lead={t.noLikesLead} />;
  const onMap = located(items);
  const isCountry = city === null;
  const box = boxOf(onMap, isCountry);
  const places = placesOf(onMap, box);
  const query = queryOf({ ...address, cursor: null });
  const nameOf = ({ best: { property } }: ScorePlace): string =>
    (isCountry ? property.city : property.neighbourhood) ?? property.address ?? t.noAddress;
  const hrefOf = ({ best: { property } }: ScorePlace): string =>
    isCountry && property.city !== null
      ? VIEWS.map + queryOf({ ...address, cursor: null, city: property.city })
      : propertyPath(property.id) + query;
  const scoreOf = ({ score }: ScorePlace): string =>
    address.by === 'likes' ? t.format.count(score) : t.format.score(score);
  const shownPlaces = { places, nameOf, hrefOf, scoreOf, shown, onShown: setShown };
  return (
    <>
      <AsOf asOf={asOf} isLive={isLive} />
      {onMap.length < items.length && <p class="map-note">{t.notOnMap(items.length - onMap.length)}</p>}
      <div class="map-and-places">
        <ScoreMap {...shownPlaces} box={box} summary={t.mapSummary(onMap.length, places.length)} />
        <PlacesTable
          {...shownPlaces}
          heading={isCountry ? t.city : t.neighbourhood}
          bestHrefOf={(id) => propertyPath(id) + query}
        />
      </div>
    </>
  );
}
