import { type RefObject, useRef, useState } from 'react';
import { useFormats, useMessages } from '../../i18n';
import { parseFind } from '../../map/find';
import type { Grouping } from '../../map/fold';
import { SHOWN, type Shown } from '../../map/model';
import { Button, IconButton, Menu, type MenuEntry, Segments, TextField } from '../../ui';
import type { Address, Change } from './address';
import styles from './map.module.css';
import { messages } from './messages';

/** Above the map: finding, what is switched on, and how the map is drawn. */
export function Toolbar({
  url,
  setUrl,
  typed,
  onTyped,
  found,
  onNext,
  focus,
  depth,
  nameOf,
  pins,
  groupings,
  exports,
  onUnpin,
  onTidy,
  field,
}: {
  url: Address;
  setUrl: Change;
  /** What stands in the find field, which may make no sense yet. */
  typed: string;
  onTyped(typed: string): void;
  found: ReadonlySet<string> | undefined;
  onNext(by: number): void;
  /** The node in the middle of what is drawn, the reader's choice or not. */
  focus: string | undefined;
  depth: number;
  nameOf(key: string): string;
  pins: number;
  groupings: readonly Grouping[];
  exports: readonly MenuEntry[];
  onUnpin(): void;
  onTidy(): void;
  field: RefObject<HTMLDivElement | null>;
}) {
  const text = useMessages(messages);
  const format = useFormats();
  const choices = <T extends string>(
    id: string,
    label: string,
    now: T,
    of: readonly T[],
    names: Readonly<Record<T, string>>,
    change: (v: T) => void,
  ) => ({
    id,
    label,
    entries: of.map(v => ({ id: `${id} ${v}`, label: names[v], checked: now === v, run: () => change(v) })),
  });
  return (
    <div className={styles.tools} role="toolbar" aria-label={text.more}>
      <Find url={url} setUrl={setUrl} typed={typed} onTyped={onTyped} found={found} onNext={onNext} field={field} />
      <div className={styles.states}>
        {focus !== undefined && (
          <>
            <Button
              {...(url.focus === undefined ? {} : { icon: 'close' as const })}
              isDisabled={url.focus === undefined}
              onPress={() => setUrl({ focus: undefined })}
            >
              {text.focusOn(nameOf(focus))}
            </Button>
            <IconButton
              icon="minus"
              label={text.depthLess}
              isDisabled={depth <= 1}
              onPress={() => setUrl({ focus, depth: depth - 1 })}
            />
            <span className={styles.count} title={text.depth}>
              <span className="hidden-text">{text.depth}: </span>±{depth}
            </span>
            <IconButton
              icon="plus"
              label={text.depthMore}
              isDisabled={depth >= 9}
              onPress={() => setUrl({ focus, depth: depth + 1 })}
            />
          </>
        )}
        {url.path !== 'none' && (
          <Button icon="close" onPress={() => setUrl({ path: 'none' })}>
            {text.path[url.path]}
          </Button>
        )}
        {url.hide.length > 0 && (
          <Button icon="close" onPress={() => setUrl({ hide: [] })}>
            {text.hidden(format.count(url.hide.length))}
          </Button>
        )}
        {url.by !== 'none' && (
          <Button icon="close" onPress={() => setUrl({ by: 'none' })}>
            {text.groupedBy(text.groupings[url.by])}
          </Button>
        )}
        {url.open.length > 0 && (
          <Button icon="close" onPress={() => setUrl({ open: [] })}>
            {text.unfolded(format.count(url.open.length))}
          </Button>
        )}
        {pins > 0 && (
          <Button icon="close" onPress={onUnpin}>
            {text.pins(format.count(pins))}
          </Button>
        )}
      </div>
      <div className={styles.actions}>
        <div className={styles.values}>
          <Segments<Shown>
            label={text.value}
            hideLabel
            value={url.value}
            onChange={value => setUrl({ value })}
            choices={SHOWN.map(id => ({ id, label: text.values[id] }))}
          />
        </div>
        <Segments<'map' | 'table'>
          label={text.view}
          hideLabel
          value={url.view}
          onChange={view => setUrl({ view })}
          choices={(['map', 'table'] as const).map(id => ({ id, label: text.views[id] }))}
        />
        <Menu
          label={text.more}
          groups={[
            choices('value', text.value, url.value, SHOWN, text.values, value => setUrl({ value })),
            choices('size', text.size, url.size, ['none', 'traffic', 'health'], text.sizes, size => setUrl({ size })),
            ...(groupings.length > 1
              ? [choices('by', text.groupBy, url.by, groupings, text.groupings, by => setUrl({ by, open: [] }))]
              : []),
            choices('fold', text.foldLeaves, url.fold, ['auto', 'on', 'off'], text.folds, fold =>
              setUrl({ fold, open: [] }),
            ),
            choices('cmp', text.compareWith, url.cmp, ['off', 'previous', 'day', 'week'], text.compare, cmp =>
              setUrl({ cmp }),
            ),
            {
              id: 'layout',
              entries: [
                { id: 'tidy', label: text.tidy, run: onTidy },
                { id: 'unpin', label: text.open.unpin, keys: 'P', disabled: pins === 0, run: onUnpin },
              ],
            },
            { id: 'export', entries: exports.map(s => ({ ...s, icon: 'download' as const })) },
          ]}
        >
          <IconButton icon="more" label={text.more} />
        </Menu>
      </div>
    </div>
  );
}

function Find({
  url,
  setUrl,
  typed,
  onTyped,
  found,
  onNext,
  field,
}: {
  url: Address;
  setUrl: Change;
  typed: string;
  onTyped(typed: string): void;
  found: ReadonlySet<string> | undefined;
  onNext(by: number): void;
  field: RefObject<HTMLDivElement | null>;
}) {
  const text = useMessages(messages);
  const format = useFormats();
  return (
    <div className={styles.find} ref={field}>
      <TextField
        label={text.find}
        hideLabel
        placeholder={text.findHint}
        value={typed}
        onChange={onTyped}
        onKeyDown={e => {
          if (e.key === 'Enter' && !e.nativeEvent.isComposing) onNext(e.shiftKey ? -1 : 1);
        }}
        error={parseFind(typed) === undefined ? text.findWrong : undefined}
      />
      {found && (
        <>
          <span className={styles.count} role="status">
            {text.found(format.count(found.size))}
          </span>
          {found.size > 0 && (
            <>
              <IconButton icon="up" label={text.previous} onPress={() => onNext(-1)} />
              <IconButton icon="down" label={text.next} onPress={() => onNext(1)} />
              <Button
                onPress={() => {
                  setUrl({ hide: [...new Set([...url.hide, ...found])], find: '' });
                  onTyped('');
                }}
              >
                {text.hideFound}
              </Button>
            </>
          )}
        </>
      )}
    </div>
  );
}

/** The find field's text, and the address that follows it where it makes sense. */
export function useFind(url: Address, setUrl: Change) {
  const [typed, setTyped] = useState(url.find);
  const at = useRef(-1);
  const onTyped = (t: string) => {
    setTyped(t);
    at.current = -1;
    if (parseFind(t) !== undefined) setUrl({ find: t }, { replace: true });
  };
  /** The match that is so many after the last one. */
  const next = (of: readonly string[], by: number): string | undefined => {
    if (of.length === 0) return undefined;
    at.current = (Math.max(at.current, by > 0 ? -1 : 0) + by + of.length) % of.length;
    return of[at.current];
  };
  return { typed, onTyped, next };
}
