import { useTexts } from '../i18n.ts';
import type { PlacesShown } from '../score-places.ts';
import { PropertyLine } from './property-line.tsx';

/** The places of the map as rows, each with its best property. The first column links to `hrefOf` where there is one. */
export function PlacesTable({
  heading,
  bestHrefOf,
  places,
  nameOf,
  hrefOf,
  scoreOf,
  shown,
  onShown,
}: PlacesShown & { heading: string; bestHrefOf: (id: number) => string }) {
  const t = useTexts();
  const highest = places[0]?.score ?? 1;
  return (
    <table class="cities places" role="table">
      <caption class="hidden">{t.mapTitle}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {[heading, t.visibleProperties, t.score, t.topProperty].map((text, i) => (
            <th key={text} role="columnheader" scope="col" class={i === 1 || i === 2 ? 'number' : ''}>
              {text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {places.map((place, i) => (
          <tr
            key={place.best.property.id}
            role="row"
            class={i === shown ? 'shown' : ''}
            onPointerEnter={() => onShown(i)}
            onPointerLeave={() => onShown(null)}
            onFocusCapture={() => onShown(i)}
            onBlurCapture={() => onShown(null)}
          >
            <td role="cell" class="city">
              <a href={hrefOf(place)}>{nameOf(place)}</a>
            </td>
            <td role="cell" class="number" data-label={t.visibleProperties}>
              {t.format.count(place.count)}
            </td>
            <td role="cell" class="number likes" data-label={t.score}>
              <span class="with-bar">
                <svg aria-hidden="true">
                  <rect width={`${(place.score / highest) * 100}%`} height="100%" rx="3" />
                </svg>
                {scoreOf(place)}
              </span>
            </td>
            <td role="cell" class="home">
              <PropertyLine property={place.best.property} href={bestHrefOf(place.best.property.id)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
