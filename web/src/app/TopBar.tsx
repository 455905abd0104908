import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { queries } from '../api/queries';
import { useFormats, useText } from '../i18n';
import { UserMenu } from '../login/UserMenu';
import { Button, IconButton, Menu, type MenuGroup, Select, Toggle } from '../ui';
import { REFRESH_CHOICES } from '../url/shared';
import { openCommands } from './commands';
import { setPreferences, usePreferences } from './preferences';
import { type Scope, useScopeChange } from './scope';
import { refreshNow, useSession } from './session';
import { copyCli, copyLink, copyMarkdown } from './share';
import { TimePicker } from './TimePicker';
import styles from './TopBar.module.css';

/** The page's title, and what it is about: group, time, refresh, live, share, search. */
export function TopBar({
  scope,
  scoped,
  time,
  onTime,
  onMenu,
}: {
  scope: Scope;
  /** Whether group, time and refresh mean something on this page. */
  scoped: boolean;
  time: boolean;
  onTime(open: boolean): void;
  onMenu(): void;
}) {
  const text = useText();
  const page = useSession(s => s.page);
  const live = useSession(s => s.live);
  return (
    <header className={styles.bar}>
      <span className={styles.menu}>
        <IconButton icon="menu" label={text.app.openNavigation} onPress={onMenu} />
      </span>
      <h1 className={styles.title}>{page.title}</h1>
      <div className={styles.controls} role="group" aria-label={text.bar.label}>
        {scoped && (
          <>
            <GroupSelect scope={scope} />
            <TimePicker scope={scope} open={time} onOpen={onTime} />
            <Refresh scope={scope} />
            {page.live && (
              <Toggle
                icon={live ? 'pause' : 'live'}
                aria-label={text.bar.live}
                isSelected={live}
                onChange={on => useSession.setState({ live: on })}
              >
                <span className={styles.word}>{text.bar.live}</span>
              </Toggle>
            )}
          </>
        )}
        <Share scope={scope} />
        <IconButton icon="search" label={text.bar.search} keys="mod+k" onPress={openCommands} />
        <UserMenu />
      </div>
    </header>
  );
}

function GroupSelect({ scope }: { scope: Scope }) {
  const text = useText();
  const { set } = useScopeChange();
  const groups = useQuery(queries.groups());
  const names = (groups.data ?? []).map(g => g.GroupName).filter(n => n !== 'Default');
  const group = scope.group ?? 'Default';
  if (group !== 'Default' && !names.includes(group)) names.push(group);
  if (names.length === 0) return null;
  return (
    <div className={styles.group}>
      <Select
        label={text.bar.group}
        hideLabel
        value={group}
        onChange={g => set({ g: g === 'Default' ? undefined : g })}
        choices={[{ id: 'Default', label: text.bar.allTraces }, ...names.map(n => ({ id: n, label: n }))]}
      />
    </div>
  );
}

function Refresh({ scope }: { scope: Scope }) {
  const text = useText();
  const format = useFormats();
  const { set } = useScopeChange();
  const name = (s: number) => (s === 0 ? text.bar.off : format.duration(s));
  const groups: MenuGroup[] = [
    {
      id: 'every',
      label: text.bar.refreshEvery,
      entries: REFRESH_CHOICES.map(s => ({
        id: String(s),
        label: name(s),
        checked: s === scope.refresh,
        run: () => set({ r: s }),
      })),
    },
  ];
  if (scope.byLink.refresh) {
    groups.push({
      id: 'default',
      label: text.bar.setByLink,
      entries: [{ id: 'adopt', label: text.bar.makeDefault, run: () => setPreferences({ refresh: scope.refresh }) }],
    });
  }
  return (
    <span className={styles.pair}>
      <IconButton icon="refresh" label={text.bar.refresh} keys="r" onPress={refreshNow} />
      <Menu label={text.bar.refreshEvery} groups={groups}>
        <Button kind="quiet" aria-label={`${text.bar.refreshEvery}: ${name(scope.refresh)}`} icon="down">
          {scope.refresh > 0 ? name(scope.refresh) : ''}
        </Button>
      </Menu>
    </span>
  );
}

function Share({ scope }: { scope: Scope }) {
  const text = useText();
  const format = useFormats();
  const page = useSession(s => s.page);
  const freeze = usePreferences(p => p.freeze);
  const groups = useMemo<MenuGroup[]>(() => {
    const copies = [
      { id: 'link', label: text.bar.copyLink, icon: 'copy' as const, keys: 'y', run: () => copyLink(scope, text) },
      { id: 'markdown', label: text.bar.copyMarkdown, run: () => copyMarkdown(scope, text, format) },
      ...(page.cli ? [{ id: 'cli', label: text.bar.copyCli, run: () => copyCli(text) }] : []),
    ];
    return [
      { id: 'copy', entries: copies },
      ...(page.share?.length ? [{ id: 'page', entries: page.share }] : []),
      {
        id: 'how',
        entries: [
          { id: 'freeze', label: text.bar.freeze, checked: freeze, run: () => setPreferences({ freeze: !freeze }) },
        ],
      },
    ];
  }, [scope, text, format, page, freeze]);
  return (
    <Menu label={text.bar.share} groups={groups}>
      <Button kind="quiet" icon="share" aria-label={text.bar.share}>
        <span className={styles.word}>{text.bar.share}</span>
      </Button>
    </Menu>
  );
}
