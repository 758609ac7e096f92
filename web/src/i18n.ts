import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Format, formatOf } from './format.ts';
import { en } from './texts/en.ts';
import { es } from './texts/es.ts';

export type Language = 'es' | 'en';
export type TextsOfLanguage = typeof en & { format: Format };

const KEY = 'language';

/** What was chosen last, else what the reader's browser asks for. */
export function initialLanguage(): Language {
  const chosen = localStorage.getItem(KEY);
  if (chosen === 'es' || chosen === 'en') return chosen;
  const asked = navigator.languages.map((tag) => tag.slice(0, 2));
  return asked.find((tag): tag is Language => tag === 'es' || tag === 'en') ?? 'es';
}

export const rememberLanguage = (language: Language): void => localStorage.setItem(KEY, language);

export function textsOf(language: Language): TextsOfLanguage {
  // Numbers and dates as the reader's country writes them, if it is one of this language.
  const locale =
    navigator.languages.find((tag) => tag.startsWith(language)) ?? (language === 'es' ? 'es-CO' : 'en');
  return { ...(language === 'es' ? es : en), format: formatOf(locale) };
}

export const Texts = createContext<TextsOfLanguage>(textsOf('es'));
export const useTexts = (): TextsOfLanguage => useContext(Texts);
