import { useRoute } from 'preact-iso';
import { queryOf, useAddress } from '../address.ts';
import { call } from '../api-call.ts';
import { getPropertyRanking, type LikesOfDay, type PropertyRanking, type ScoreTerm } from '../api/index.ts';
import { VIEWS } from '../base.ts';
import { type TextsOfLanguage, useTexts } from '../i18n.ts';
import { AsTable } from '../parts/as-table.tsx';
import { BarChart } from '../parts/bar-chart.tsx';
import { Filters } from '../parts/filters.tsx';
import { Movement } from '../parts/movement.tsx';
import { usePropertyTexts } from '../parts/property-line.tsx';
import { Loading, LoadFailed, RefreshFailed } from '../parts/states.tsx';
import { Title } from '../parts/title.tsx';
import { useLive } from '../use-live.ts';

const REFRESH_MS = 3_000;

/** The key makes a new component for each property, so no data of the previous one stays. */
export function PropertyView() {
  const { id } = useRoute().params;
  return <PropertyDetail key={id} id={Number(id)} />;
}

function PropertyDetail({ id }: { id: number }) {
  const t = useTexts();
  const { go: _, ...address } = useAddress();
  const { by, window } = address;
  const { data, isStale, problem } = useLive(
    JSON.stringify([id, by, window]),
    () => call(() => getPropertyRanking({ path: { id }, query: { by, window } })),
    REFRESH_MS,
  );
  return (
    <>
      <a class="back" href={VIEWS.ranking + queryOf(address)}>
        ← {t.backToRanking}
      </a>
      {data ? (
        <>
          <RefreshFailed problem={problem} />
          <Heading data={data} />
          <Filters withMethod />
          <div class={isStale ? 'stale' : ''} aria-busy={isStale}>
            <Figures data={data} />
            <DailyLikes data={data} />
            <div class="columns">
              <ScoreTerms data={data} />
              <WeekChange data={data} />
            </div>
          </div>
        </>
      ) : problem ? (
        <LoadFailed problem={problem} heading="h1" />
      ) : (
        <Loading rows={5} />
      )}
    </>
  );
}

interface Props {
  data: PropertyRanking;
}

function Heading({ data: { property } }: Props) {
  const t = useTexts();
  const { name, place, price } = usePropertyTexts(property);
  return (
    <div class="top">
      <div>
        <Title text={name} />
        <p>
          {place && `${place} · `}
          <span class="price">{price}</span>
          {property.availability === 'sold' && <span class="badge">{t.sold}</span>}
        </p>
      </div>
    </div>
  );
}

function Figures({ data }: Props) {
  const t = useTexts();
  const { rank, of, city, score, likes, previousRank, window } = data;
  const rankText = (position: number | null, count: number): string =>
    position === null ? '–' : t.rankOf(t.format.count(position), t.format.count(count));
  return (
    <>
      <dl class="tiles">
        <div>
          <dt>{t.inCountry}</dt>
          <dd>{rankText(rank, of)}</dd>
        </div>
        {city && (
          <div>
            <dt>{t.inCity(city.name)}</dt>
            <dd>{rankText(city.rank, city.of)}</dd>
          </div>
        )}
        <div>
          <dt>{t.movement}</dt>
          <dd>{rank === null ? '–' : <Movement rank={rank} previousRank={previousRank} />}</dd>
        </div>
        <div>
          <dt>{t.score}</dt>
          <dd>{t.format.score(score)}</dd>
        </div>
        <div>
          <dt>{t.likesOfWindow(t.windows[window])}</dt>
          <dd>{t.format.count(likes.window)}</dd>
        </div>
        <div>
          <dt>{t.totalLikes}</dt>
          <dd>{t.format.count(likes.total)}</dd>
        </div>
      </dl>
      {rank === null && (
        <p class="notice">
          {t.noRank}: {t.noRankLead}
        </p>
      )}
    </>
  );
}

function DailyLikes({ data: { series } }: Props) {
  const t = useTexts();
  const sum = (valueOf: (day: LikesOfDay) => number): string =>
    t.format.count(series.reduce((total, day) => total + valueOf(day), 0));
  const lead = t.seriesLead(
    sum(({ likes }) => likes),
    sum(({ unlikes }) => unlikes),
  );
  return (
    <section class="card">
      <h2>{t.seriesTitle}</h2>
      <p>
        {lead} {t.utcDays}
      </p>
      <BarChart
        summary={lead}
        labels={series.map(({ date }) => t.format.day(date))}
        series={[
          { label: t.likesMade, values: series.map(({ likes }) => likes), colour: '--accent' },
          { label: t.unlikes, values: series.map(({ unlikes }) => 0 - unlikes), colour: '--negative' },
        ]}
        format={(value) => (Number.isInteger(value) ? t.format.count(Math.abs(value)) : '')}
      />
      <AsTable
        headings={[t.date, t.likesMade, t.unlikes]}
        rows={series
          .filter(({ likes, unlikes }) => likes + unlikes > 0)
          .map(({ date, likes, unlikes }) => [
            t.format.day(date),
            t.format.count(likes),
            t.format.count(unlikes),
          ])}
      />
    </section>
  );
}

function ScoreTerms({ data: { by, terms, score } }: Props) {
  const t = useTexts();
  const lead = t.termsLead(by, t.format.score(score));
  return (
    <section class="card">
      <h2>{t.termsTitle}</h2>
      <p>{lead}</p>
      {terms.length > 0 && (
        <>
          <BarChart
            summary={lead}
            isHorizontal
            labels={terms.map((term) => ageOf(term, t))}
            series={[{ label: t.score, values: terms.map((term) => term.score), colour: '--accent' }]}
            format={t.format.score}
          />
          <ul class="terms">
            {terms.map((term) => (
              <li key={term.fromDays}>
                <span>{ageOf(term, t)}</span>
                <span>
                  {t.term(
                    t.format.count(term.likes),
                    t.format.weight(term.weight),
                    t.format.score(term.score),
                    term.weight === 1,
                  )}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function WeekChange({ data: { change } }: Props) {
  const t = useTexts();
  const parts = [
    { label: t.gained, value: change.gained },
    { label: t.lost, value: change.takenBack },
    { label: t.aged, value: change.aged },
  ];
  const lead = t.changeLead(t.format.signed(parts.reduce((sum, { value }) => sum + value, 0)));
  return (
    <section class="card">
      <h2>{t.changeTitle}</h2>
      <p>{lead}</p>
      <BarChart
        summary={lead}
        isHorizontal
        labels={parts.map(({ label }) => label)}
        series={[
          {
            label: t.score,
            values: parts.map(({ value }) => value),
            colour: parts.map(({ value }) => (value < 0 ? '--negative' : '--accent')),
          },
        ]}
        format={t.format.score}
      />
      <ul class="terms">
        {parts.map(({ label, value }) => (
          <li key={label}>
            <span>{label}</span>
            <span>{t.format.signed(value)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The age of likes in the reader's language. */
function ageOf({ fromDays, toDays }: ScoreTerm, t: TextsOfLanguage): string {
  if (toDays === 0) return t.today;
  return toDays === null ? t.daysAgoOrMore(fromDays) : t.daysAgo(fromDays, toDays);
}
