import { usePreferences } from '../app/preferences';
import type { Language } from '../time/format';

/** The messages of another language: the same members, texts for texts, functions for functions. */
export type Shape<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...args: infer A) => string
      ? (...args: A) => string
      : Shape<T[K]>;
};

export type Catalogue<T> = Readonly<Record<Language, Shape<T>>>;

/**
 * Pairs the messages of both languages. English is the source; Japanese that lacks a message, or
 * takes other arguments, does not compile.
 */
export function define<T extends object>(en: T, ja: Shape<T>): Catalogue<T> {
  return { en: en as Shape<T>, ja };
}

/** The messages of a catalogue in the reader's language. */
export function useMessages<T>(catalogue: Catalogue<T>): Shape<T> {
  return catalogue[usePreferences(p => p.language)];
}
