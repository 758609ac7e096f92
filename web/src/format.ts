/** Smaller scores would be shown as zero. */
export const SMALLEST_SCORE = 0.01;

/** Formats numbers and dates for a locale. Times are in the reader's zone, days in UTC. */
export interface Format {
  count: (value: number) => string;
  score: (value: number) => string;
  signedScore: (value: number) => string;
  signedCount: (value: number) => string;
  weight: (value: number) => string;
  ratio: (value: number) => string;
  area: (value: number) => string;
  money: (value: number, currency: string) => string;
  /** @param at ISO time */
  time: (at: string) => string;
  /** Date and time. @param at ISO time */
  dateTime: (at: string) => string;
  /** @param at ISO time */
  date: (at: string) => string;
  /** @param date UTC day, `YYYY-MM-DD` */
  day: (date: string) => string;
  /** @param month UTC month, `YYYY-MM` */
  month: (month: string) => string;
}

export function formatOf(locale: string): Format {
  const count = new Intl.NumberFormat(locale);
  // Always two decimals, so scores align in a column.
  const decimals = { maximumFractionDigits: 2, minimumFractionDigits: 2 };
  const score = new Intl.NumberFormat(locale, decimals);
  const signedScore = new Intl.NumberFormat(locale, { ...decimals, signDisplay: 'exceptZero' });
  const signedCount = new Intl.NumberFormat(locale, { signDisplay: 'exceptZero' });
  const weight = new Intl.NumberFormat(locale, { maximumFractionDigits: 3, minimumFractionDigits: 3 });
  const ratio = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const month = new Intl.DateTimeFormat(locale, { month: 'short', year: '2-digit', timeZone: 'UTC' });
  const area = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  return {
    count: (value) => count.format(value),
    score: (value) =>
      value > 0 && value < SMALLEST_SCORE ? `< ${score.format(SMALLEST_SCORE)}` : score.format(value),
    signedScore: (value) => withMinus(signedScore.format(value)),
    signedCount: (value) => withMinus(signedCount.format(value)),
    weight: (value) => weight.format(value),
    ratio: (value) => ratio.format(value),
    area: (value) => area.format(value),
    money: (value, currency) =>
      new Intl.NumberFormat(locale, { style: 'currency', currency, maximumFractionDigits: 0 }).format(value),
    time: (at) => time.format(new Date(at)),
    dateTime: (at) => dateTime.format(new Date(at)),
    // Spanish puts "de" between the parts, which takes much room.
    date: (at) => date.format(new Date(at)).replaceAll(' de ', ' '),
    day: (utcDay) => day.format(new Date(utcDay)).replaceAll(' de ', ' '),
    month: (utcMonth) => month.format(new Date(utcMonth)).replaceAll(' de ', ' '),
  };
}

/** The minus sign is as wide as the plus sign; the hyphen of some locales is not. */
const withMinus = (text: string): string => text.replace('-', '−');
