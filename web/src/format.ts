/** Formats numbers and dates for a locale. Times are in the reader's zone, days in UTC. */
export interface Format {
  count: (value: number) => string;
  score: (value: number) => string;
  signed: (value: number) => string;
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
}

export function formatOf(locale: string): Format {
  const count = new Intl.NumberFormat(locale);
  // Trending scores have two decimals, so they align in a column. Whole numbers of likes have none.
  const decimals = {
    maximumFractionDigits: 2,
    minimumFractionDigits: 2,
    trailingZeroDisplay: 'stripIfInteger',
  } as const;
  const score = new Intl.NumberFormat(locale, decimals);
  const signed = new Intl.NumberFormat(locale, { ...decimals, signDisplay: 'exceptZero' });
  const weight = new Intl.NumberFormat(locale, {
    ...decimals,
    maximumFractionDigits: 3,
    minimumFractionDigits: 3,
  });
  const ratio = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const area = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  return {
    count: (value) => count.format(value),
    score: (value) => score.format(value),
    // The minus sign is as wide as the plus sign; the hyphen of some locales is not.
    signed: (value) => signed.format(value).replace('-', '−'),
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
  };
}
