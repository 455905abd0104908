import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useText } from '../i18n';
import { Dialog, Icon, Keys } from '../ui';
import { parseTraceId } from '../url/traceid';
import styles from './CommandList.module.css';
import { type Command, matching, useCommandRegistry } from './commands';
import { useGo } from './location';

/** What Ctrl/⌘ K opens: pages, commands, and a trace by its id. */
export function CommandList() {
  const open = useCommandRegistry(s => s.open);
  return open ? <List onClose={() => useCommandRegistry.setState({ open: false })} /> : null;
}

function List({ onClose }: { onClose(): void }) {
  const text = useText();
  const go = useGo();
  const id = useId();
  const lists = useCommandRegistry(s => s.lists);
  const [typed, setTyped] = useState('');
  const [index, setIndex] = useState(0);
  const list = useRef<HTMLUListElement>(null);

  const found = useMemo<Command[]>(() => {
    const trace = parseTraceId(typed);
    if (trace)
      return [{ id: trace, label: text.commands.openTrace(trace), icon: 'traces', run: () => go(`/traces/${trace}`) }];
    return matching([...lists.values()].flat(), typed);
  }, [lists, typed, text, go]);

  useEffect(() => {
    list.current?.children[index]?.scrollIntoView({ block: 'nearest' });
  }, [index]);

  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.nativeEvent.isComposing) return;
    if (e.key === 'ArrowDown') setIndex(i => Math.min(found.length - 1, i + 1));
    else if (e.key === 'ArrowUp') setIndex(i => Math.max(0, i - 1));
    else if (e.key === 'Enter') run(found[index]);
    else return;
    e.preventDefault();
  };

  return (
    <Dialog title={text.commands.title} onClose={onClose} bare>
      <div className={styles.field}>
        <Icon name="search" />
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}list`}
          aria-activedescendant={found.length > 0 ? `${id}${index}` : undefined}
          aria-label={text.commands.placeholder}
          placeholder={text.commands.placeholder}
          className={styles.input}
          value={typed}
          onChange={e => {
            setTyped(e.target.value);
            setIndex(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <ul ref={list} id={`${id}list`} role="listbox" aria-label={text.commands.title} className={styles.list}>
        {found.map((c, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          <li
            key={c.id}
            id={`${id}${i}`}
            role="option"
            aria-selected={i === index}
            className={styles.item}
            onClick={() => run(c)}
            onPointerMove={() => setIndex(i)}
          >
            {c.icon && <Icon name={c.icon} />}
            <span className={styles.label}>{c.label}</span>
            {c.keys && <Keys keys={c.keys} />}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className={styles.none}>{text.commands.none}</p>}
    </Dialog>
  );
}
