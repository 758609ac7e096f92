import { useRoute } from 'preact-iso';
import { queryOf, useAddress } from '../address.ts';
import { call } from '../api-call.ts';
import { getPropertyRanking, type LikesOfDay, type PropertyRanking } from '../api/index.ts';
import { RANKING } from '../base.ts';
import { type TextsOfLanguage, useTexts } from '../i18n.ts';
import { AsTable } from '../parts/as-table.tsx';
import { BarChart } from '../parts/bar-chart.tsx';
import { Filters } from '../parts/filters.tsx';
import { useHomeTexts } from '../parts/home-line.tsx';
import { Movement } from '../parts/movement.tsx';
import { Away, Failed, Loading } from '../parts/states.tsx';
import { Title } from '../parts/title.tsx';
import { useLive } from '../use-live.ts';

const FRESH_MS = 3_000;

/** Of one home and not of another: nothing of the one before may stay. */
export function HomeView() {
  const { id } = useRoute().params;
  return <Home key={id} id={Number(id)} />;
}

function Home({ id }: { id: number }) {
  const t = useTexts();
  const { by, window, city, cursor } = useAddress();
  const { data, isStale, problem } = useLive(
    JSON.stringify([id, by, window]),
    () => call(() => getPropertyRanking({ path: { id }, query: { by, window } })),
    FRESH_MS,
  );
  return (
    <>
      <a class="back" href={`${RANKING}${queryOf({ by, window, city, cursor })}`}>
        ← {t.back}
      </a>
      {data ? (
        <>
          <Away problem={problem} />
          <Head data={data} />
          <Filters cities={null} withMethod />
          <div class={isStale ? 'stale' : ''} aria-busy={isStale}>
            <Numbers data={data} />
            <Days data={data} />
            <div class="columns">
              <Terms data={data} />
              <Change data={data} />
            </div>
          </div>
        </>
      ) : problem ? (
        <Failed problem={problem} heading="h1" />
      ) : (
        <Loading rows={5} />
      )}
    </>
  );
}

interface Props {
  data: PropertyRanking;
}

function Head({ data: { property } }: Props) {
  const t = useTexts();
  const { name, place, price } = useHomeTexts(property);
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

function Numbers({ data }: Props) {
  const t = useTexts();
  const { rank, of, city, score, likes, previousRank, window } = data;
  const place = (n: number | null, all: number): string =>
    n === null ? '–' : t.place(t.format.count(n), t.format.count(all));
  return (
    <>
      <dl class="tiles">
        <div>
          <dt>{t.inCountry}</dt>
          <dd>{place(rank, of)}</dd>
        </div>
        {city && (
          <div>
            <dt>{t.inCity(city.name)}</dt>
            <dd>{place(city.rank, city.of)}</dd>
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
          <dt>{t.likesInAll}</dt>
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

function Days({ data: { series } }: Props) {
  const t = useTexts();
  const sum = (of: (day: LikesOfDay) => number): string =>
    t.format.count(series.reduce((total, day) => total + of(day), 0));
  const lead = t.seriesLead(
    sum(({ likes }) => likes),
    sum(({ unlikes }) => unlikes),
  );
  return (
    <section class="card">
      <h2>{t.seriesTitle}</h2>
      <p>{lead}</p>
      <BarChart
        summary={lead}
        labels={series.map(({ date }) => t.format.day(date))}
        series={[
          { label: t.likesMade, values: series.map(({ likes }) => likes), colour: '--accent' },
          { label: t.takenBack, values: series.map(({ unlikes }) => 0 - unlikes), colour: '--negative' },
        ]}
        format={(value) => (Number.isInteger(value) ? t.format.count(Math.abs(value)) : '')}
      />
      <AsTable
        heads={[t.date, t.likesMade, t.takenBack]}
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

function Terms({ data: { by, terms, score } }: Props) {
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
            labels={terms.map(({ label }) => ageOf(label, t))}
            series={[{ label: t.score, values: terms.map((term) => term.score), colour: '--accent' }]}
            format={t.format.score}
          />
          <ul class="terms">
            {terms.map(({ label, likes, weight, score: part }) => (
              <li key={label}>
                <span>{ageOf(label, t)}</span>
                <span>
                  {t.term(t.format.count(likes), t.format.weight(weight), t.format.score(part), weight === 1)}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Change({ data: { change } }: Props) {
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

/** What the service calls an age, in the reader's language; as it is when it is a new one. */
function ageOf(label: string, t: TextsOfLanguage): string {
  if (label === 'today') return t.today;
  const [, days, orMore] = /^(\d+(?:-\d+)?) days ago( or more)?$/.exec(label) ?? [];
  if (days === undefined) return label;
  return orMore ? t.daysAgoOrMore(days) : t.daysAgo(days.replace('-', '–'));
}
