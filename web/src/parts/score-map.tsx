import { useLocation } from 'preact-iso';
import { useTexts } from '../i18n.ts';
import { DEPARTMENTS } from '../outline/departments.ts';
import type { Box, PlacesShown, ScorePlace } from '../score-places.ts';

const LEVELS = 5;
const MAX_LABELS = 8;
/** Of the font size; a wide letter of the system's fonts. */
const LETTER_WIDTH = 0.6;

const LICENSE = new URL('../outline/license.txt', import.meta.url).href;

interface Props extends PlacesShown {
  box: Box;
  /** Describes the map for who does not see it. */
  summary: string;
}

/** Places as circles: the area for the number of properties, the colour for the score. The table beside it has the same links. */
export function ScoreMap({ places, box, nameOf, hrefOf, scoreOf, summary, shown, onShown }: Props) {
  const t = useTexts();
  const { route } = useLocation();
  const size = Math.max(box.width, box.height);
  const most = Math.max(1, ...places.map(({ count }) => count));
  const highest = places[0]?.score ?? 1;
  const radius = ({ count }: ScorePlace): number => size * (0.008 + 0.022 * Math.sqrt(count / most));
  const level = ({ score }: ScorePlace): number => Math.max(1, Math.ceil((score / highest) * LEVELS));
  const fontSize = size * 0.024;
  const labels = labelsOf(places, fontSize, radius, nameOf);
  return (
    <figure class="score-map">
      <svg role="img" aria-label={summary} viewBox={`${box.x} ${box.y} ${box.width} ${box.height}`}>
        {DEPARTMENTS.map((path) => (
          <path key={path} d={path} />
        ))}
        {/* The highest score is drawn last, above the others. */}
        {places
          .map((place, i) => (
            <circle
              key={place.best.property.id}
              class={`level-${level(place)} ${i === shown ? 'shown' : ''}`}
              cx={place.x}
              cy={place.y}
              r={radius(place)}
              onPointerEnter={() => onShown(i)}
              onPointerLeave={() => onShown(null)}
              onClick={() => route(hrefOf(place))}
            >
              <title>{t.placeReadout(nameOf(place), place.count, scoreOf(place))}</title>
            </circle>
          ))
          .toReversed()}
        {labels.map(({ key, text, x, y }) => (
          <text key={key} x={x} y={y} dy="0.35em" font-size={fontSize} stroke-width={fontSize / 4}>
            {text}
          </text>
        ))}
      </svg>
      <figcaption>
        <span>{t.lessScore}</span>
        <svg class="scale" aria-hidden="true" viewBox={`0 0 ${LEVELS * 20} 12`}>
          {Array.from({ length: LEVELS }, (_, i) => (
            <rect key={i} class={`level-${i + 1}`} x={i * 20} width="20" height="12" />
          ))}
        </svg>
        <span>{t.moreScore}</span>
        <a href={LICENSE} target="_blank">
          {t.outline}
        </a>
      </figcaption>
    </figure>
  );
}

interface Label {
  key: number;
  text: string;
  x: number;
  y: number;
}

/** The names of the places with the highest scores, without those that would cover another name. */
function labelsOf(
  places: readonly ScorePlace[],
  fontSize: number,
  radius: (place: ScorePlace) => number,
  nameOf: (place: ScorePlace) => string,
): Label[] {
  const labels: Label[] = [];
  const end = ({ x, text }: Label): number => x + text.length * fontSize * LETTER_WIDTH;
  for (const place of places) {
    const { best, x, y } = place;
    const label = { key: best.property.id, text: nameOf(place), x: x + radius(place) + fontSize / 3, y };
    const isFree = labels.every(
      (other) => Math.abs(other.y - y) > fontSize * 1.2 || label.x > end(other) || other.x > end(label),
    );
    if (isFree && labels.push(label) === MAX_LABELS) break;
  }
  return labels;
}
