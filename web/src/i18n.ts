import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Format, formatOf } from './format.ts';
import { en } from './texts/en.ts';
import { es } from './texts/es.ts';

export type Language = 'es' | 'en';
export type TextsOfLanguage = typeof en & { format: Format };

const STORAGE_KEY = 'language';

/** The language chosen last, else the first one of the browser that the page has, else Spanish. */
export function initialLanguage(): Language {
  const stored = localStorage.getItem(STORAGE_KEY);
  if (stored === 'es' || stored === 'en') return stored;
  const preferred = navigator.languages.map((tag) => tag.slice(0, 2));
  return preferred.find((tag): tag is Language => tag === 'es' || tag === 'en') ?? 'es';
}

export const rememberLanguage = (language: Language): void => localStorage.setItem(STORAGE_KEY, language);

export function textsOf(language: Language): TextsOfLanguage {
  // The browser's regional locale of this language decides how numbers and dates look.
  const locale =
    navigator.languages.find((tag) => tag.startsWith(language)) ?? (language === 'es' ? 'es-CO' : 'en');
  return { ...(language === 'es' ? es : en), format: formatOf(locale) };
}

export const Texts = createContext<TextsOfLanguage>(textsOf('es'));
export const useTexts = (): TextsOfLanguage => useContext(Texts);
