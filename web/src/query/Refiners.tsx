import { useState } from 'react';
import { glossary, useFormats, useMessages } from '../i18n';
import { Icon } from '../ui';
import type { Facet, FacetValue } from './facets';
import { messages } from './messages';
import styles from './Refiners.module.css';
import { has, not } from './terms';

const SHOWN = 6;

/** The name of a facet for people. */
export function useFacetName(): (id: string) => string {
  const words = useMessages(glossary);
  return id => {
    const names: Record<string, string> = {
      service: words.service,
      url: words.url,
      user: words.user,
      status: words.status,
      method: words.method,
      clientip: words.clientIp,
    };
    return names[id] ?? id;
  };
}

/** The frequent values of each field, with counts. A click adds the term, Alt and a click its negation. */
export function Refiners({
  facets,
  of,
  filter,
  onAdd,
  onRemove,
}: {
  facets: readonly Facet[];
  of: number;
  filter: string;
  onAdd(term: string): void;
  onRemove(term: string): void;
}) {
  const text = useMessages(messages);
  const format = useFormats();
  return (
    <section className={styles.refiners} aria-label={text.refine}>
      <p className={styles.note}>
        {text.ofLoaded(format.count(of))}. {text.excludeHint}.
      </p>
      {facets.map((f, i) => (
        <FacetList key={f.id} facet={f} of={of} open={i < 5} filter={filter} onAdd={onAdd} onRemove={onRemove} />
      ))}
    </section>
  );
}

function FacetList({
  facet,
  of,
  open,
  filter,
  onAdd,
  onRemove,
}: {
  facet: Facet;
  of: number;
  open: boolean;
  filter: string;
  onAdd(term: string): void;
  onRemove(term: string): void;
}) {
  const text = useMessages(messages);
  const format = useFormats();
  const name = useFacetName();
  const [all, setAll] = useState(false);
  const values = all ? facet.values.slice(0, 60) : facet.values.slice(0, SHOWN);
  const cut = facet.id === 'url' ? commonOrigin(facet.values) : 0;
  const choose = (v: FacetValue, exclude: boolean) => {
    const term = exclude ? not(v.term) : v.term;
    if (has(filter, term)) onRemove(term);
    else onAdd(term);
  };
  return (
    <details className={styles.facet} open={open}>
      <summary className={styles.name}>
        <span className={styles.twisty}>
          <Icon name="right" size={12} />
        </span>
        {name(facet.id)} <span className={styles.count}>{format.count(facet.values.length)}</span>
      </summary>
      <ul>
        {values.map(v => {
          const chosen = has(filter, v.term);
          const excluded = has(filter, not(v.term));
          return (
            <li key={v.value} className={styles.value}>
              <button
                type="button"
                className={`${styles.choose} ${excluded ? styles.excluded : ''}`}
                aria-pressed={chosen}
                title={`${v.value}\n${text.excludeHint}`}
                onClick={e => choose(v, e.altKey)}
              >
                <span className={styles.bar} style={{ width: `${(v.count / Math.max(1, of)) * 100}%` }} />
                <span className={`${styles.text} ${facet.id === 'url' && cut === 0 ? styles.tail : ''}`}>
                  <bdi>{v.value.slice(cut)}</bdi>
                </span>
                <span className={styles.count}>{format.count(v.count)}</span>
              </button>
              <button
                type="button"
                className={styles.exclude}
                aria-pressed={excluded}
                aria-label={text.exclude(v.value)}
                title={text.exclude(v.value)}
                onClick={() => choose(v, true)}
              >
                <Icon name="minus" size={12} />
              </button>
            </li>
          );
        })}
      </ul>
      {facet.values.length > SHOWN && !all && (
        <button type="button" className={styles.more} onClick={() => setAll(true)}>
          {text.more(format.count(facet.values.length - SHOWN))}
        </button>
      )}
    </details>
  );
}

/** The length of the origin when all URLs have the same: what tells them apart comes after it. */
function commonOrigin(values: readonly FacetValue[]): number {
  const origin = /^[a-z]+:\/\/[^/]+(?=\/)/i.exec(values[0]?.value ?? '')?.[0];
  return origin && values.every(v => v.value.startsWith(`${origin}/`)) ? origin.length : 0;
}
