import { type ReactNode, useId } from 'react';
import { CopyButton } from './CopyButton';
import styles from './Sheet.module.css';

/** A page of sections that scrolls as a whole. */
export function Sheet({ children }: { children: ReactNode }) {
  return <div className={styles.sheet}>{children}</div>;
}

/** A part of a page, with a heading, a sentence about it and what can be done. */
export function Section({
  title,
  hint,
  actions,
  children,
}: {
  title: string;
  hint?: ReactNode;
  actions?: ReactNode;
  children?: ReactNode;
}) {
  const id = useId();
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div className={styles.head}>
        <h2 id={id}>{title}</h2>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {hint && <p className={styles.hint}>{hint}</p>}
      {children}
    </section>
  );
}

/** Names and values. */
export function Facts({ items }: { items: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {items.map(([name, value]) => (
        <Fact key={name} name={name}>
          {value}
        </Fact>
      ))}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

export interface Head {
  label: string;
  /** Numbers stand at the end. */
  end?: boolean;
  /** Short values, such as times, that do not wrap. */
  line?: boolean;
  /** The label is read, not shown. */
  hidden?: boolean;
}

/** A table of a few rows, all of which are rendered. It scrolls sideways where it has to. */
export function Rows({
  label,
  head,
  rows,
}: {
  label: string;
  head: readonly Head[];
  rows: readonly { key: string; current?: boolean; cells: readonly ReactNode[] }[];
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to take the focus
    <div className={styles.scroll} tabIndex={0} role="group" aria-label={label}>
      <table className={styles.table}>
        <thead>
          <tr>
            {head.map(h => (
              <th key={h.label} scope="col" className={h.end ? styles.end : undefined}>
                {h.hidden ? <span className="hidden-text">{h.label}</span> : h.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(r => (
            <tr key={r.key} className={r.current ? styles.current : undefined}>
              {r.cells.map((cell, i) => (
                <td
                  key={head[i]?.label ?? i}
                  className={head[i]?.end ? styles.end : head[i]?.line ? styles.line : undefined}
                >
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Text to copy. */
export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div className={styles.code}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to take the focus */}
      <pre tabIndex={0} role="group" aria-label={label}>
        {text}
      </pre>
      <div className={styles.copy}>
        <CopyButton value={text} />
      </div>
    </div>
  );
}

/** The fields of a panel, one below the other. Enter in a field submits, unless it confirms an IME's conversion. */
export function Form({ onSubmit, children }: { onSubmit(): void; children: ReactNode }) {
  return (
    <form
      className={styles.form}
      onSubmit={e => {
        e.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}
