import {
  andWord,
  Boolean as BooleanTerm,
  beginsWord,
  CauseWord,
  causeJsonWord,
  containsWord,
  edgeWord,
  endsWord,
  idWord,
  notWord,
  orWord,
  serviceWord,
} from './filter.grammar.terms';

const terms = new Map<string, number>([
  ['or', orWord],
  ['and', andWord],
  ['not', notWord],
  ['service', serviceWord],
  ['edge', edgeWord],
  ['id', idWord],
  ['rootcause.json', causeJsonWord],
  ['contains', containsWord],
  ['beginswith', beginsWord],
  ['endswith', endsWord],
  ['true', BooleanTerm],
  ['false', BooleanTerm],
]);

for (const kind of ['fault', 'error', 'responsetime']) {
  for (const level of ['service', 'entity', 'exception']) {
    if (kind !== 'responsetime' || level !== 'exception') terms.set(`rootcause.${kind}.${level}`, CauseWord);
  }
}

/** Tells the parser which words are reserved, in any case of letters. */
export function reserved(word: string, _stack?: unknown): number {
  return terms.get(word.toLowerCase()) ?? -1;
}
