import { type QueryClient, QueryClientProvider, useIsFetching } from '@tanstack/react-query';
import { Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { I18nProvider, RouterProvider } from 'react-aria-components';
import { Redirect, Route, Router, Switch, useLocation } from 'wouter';
import { useText } from '../i18n';
import { SignedIn } from '../login/SignedIn';
import { routes } from '../routes';
import { shift, zoom } from '../time/range';
import { Empty, Skeleton } from '../ui';
import { Toasts } from '../ui/Toast';
import { toast } from '../ui/toast';
import { rewrite } from '../url/aws';
import { Boundary } from './Boundary';
import { CommandList } from './CommandList';
import { type Command, openCommands, useCommands } from './commands';
import { Help } from './Help';
import { BASE, here, useGo } from './location';
import { usePage } from './page';
import { type Density, setPreferences, type Theme, usePreferences } from './preferences';
import { Rail } from './Rail';
import styles from './Shell.module.css';
import { useScope, useScopeChange } from './scope';
import { refreshNow, useSession } from './session';
import { copyLink } from './share';
import { listenToKeys, type Shortcut, takesText, useShortcuts } from './shortcuts';
import { TopBar } from './TopBar';

/** The console: everything around the page, and the page that the address names. */
export function App({ client }: { client: QueryClient }) {
  return (
    <QueryClientProvider client={client}>
      <SignedIn>
        <Router base={BASE}>
          <Frame />
        </Router>
      </SignedIn>
    </QueryClientProvider>
  );
}

function Frame() {
  const [path, navigate] = useLocation();
  const language = usePreferences(p => p.language);
  useForeignAddresses();
  const route = routes.find(r => r.paths.some(p => matches(p, path)));
  const scope = useScope();
  const [time, setTime] = useState(false);
  const [help, setHelp] = useState(false);
  const [menu, setMenu] = useState(false);
  const text = useText();
  useEffect(listenToKeys, []);
  useAutomaticRefresh(scope.refresh);
  useReachability();
  const onTime = useCallback(() => setTime(true), []);
  const onHelp = useCallback(() => setHelp(true), []);
  useEverywhere({ scoped: route?.scope ?? false, onTime, onHelp });
  const first = routes.find(r => r.rail);
  return (
    <I18nProvider locale={language === 'ja' ? 'ja-JP' : 'en-US'}>
      <RouterProvider navigate={navigate}>
        <button type="button" className={styles.skip} onClick={() => document.getElementById('content')?.focus()}>
          {text.app.skip}
        </button>
        <div className={styles.frame}>
          <Rail open={menu} onNavigate={() => setMenu(false)} />
          <div className={styles.column}>
            <TopBar
              scope={scope}
              scoped={route?.scope ?? false}
              time={time}
              onTime={setTime}
              onMenu={() => setMenu(!menu)}
            />
            <main id="content" tabIndex={-1} className={styles.main}>
              <Boundary key={route?.page ?? path}>
                <Suspense fallback={<Skeleton rows={8} height={24} />}>
                  <Switch>
                    <Route path="/">{first?.paths[0] && <Redirect to={first.paths[0] + query()} replace />}</Route>
                    {routes.flatMap(({ Page, paths }) =>
                      paths.map(p => <Route key={p} path={p} component={Page as never} />),
                    )}
                    <Route>
                      <NotFound />
                    </Route>
                  </Switch>
                </Suspense>
              </Boundary>
            </main>
          </div>
        </div>
        {help && <Help onClose={() => setHelp(false)} />}
        <CommandList />
        <Toasts />
      </RouterProvider>
    </I18nProvider>
  );
}

function query(): string {
  const { search } = here();
  return search ? `?${search}` : '';
}

function matches(pattern: string, path: string): boolean {
  return new RegExp(`^${pattern.replace(/:\w+/g, '[^/]+')}/?$`).test(path);
}

/** Rewrites addresses in AWS's spelling, at the start and when a fragment is pasted. */
function useForeignAddresses(): void {
  const [, navigate] = useLocation();
  useEffect(() => {
    const look = () => {
      const { path, search } = here();
      const ours = rewrite({ pathname: path, search, hash: window.location.hash });
      if (ours) navigate(ours, { replace: true });
    };
    look();
    window.addEventListener('hashchange', look);
    return () => window.removeEventListener('hashchange', look);
  }, [navigate]);
}

/** Refreshes every so many seconds, but not while nobody looks, something is brushed, or text is typed. */
function useAutomaticRefresh(seconds: number): void {
  useEffect(() => {
    if (seconds <= 0) return;
    const timer = setInterval(() => {
      if (document.hidden || useSession.getState().held > 0 || takesText(document.activeElement)) return;
      refreshNow();
    }, seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
}

/** Says once that the server is gone, and once that it is back. */
function useReachability(): void {
  const text = useText();
  const busy = useIsFetching();
  const reachable = useSession(s => s.reachable);
  useEffect(() => {
    const lost = () => {
      if (!useSession.getState().reachable) return;
      useSession.setState({ reachable: false });
      toast(`${text.states.unreachable}. ${text.states.unreachableHint}`, { kind: 'problem' });
    };
    window.addEventListener('radiograph:unreachable', lost);
    return () => window.removeEventListener('radiograph:unreachable', lost);
  }, [text]);
  useEffect(() => {
    if (reachable) return;
    let wait = 2000;
    let timer = setTimeout(probe, wait);
    async function probe() {
      try {
        await fetch(new URL('healthz', document.baseURI));
        useSession.setState({ reachable: true });
        toast(text.states.back);
        refreshNow();
      } catch {
        wait = Math.min(30_000, wait * 2);
        timer = setTimeout(probe, wait);
      }
    }
    return () => clearTimeout(timer);
  }, [reachable, text]);
  useEffect(() => {
    document.documentElement.dataset.busy = String(busy > 0);
  }, [busy]);
}

/** Shortcuts and commands of every page. */
function useEverywhere({ scoped, onTime, onHelp }: { scoped: boolean; onTime(): void; onHelp(): void }): void {
  const text = useText();
  const go = useGo();
  const scope = useScope();
  const { setRange, set } = useScopeChange();
  const page = useSession(s => s.page);
  const now = useSession(s => s.now);
  const shortcuts = useMemo<Shortcut[]>(() => {
    const s = text.shortcuts;
    const everywhere: Shortcut[] = [
      { keys: '?', label: s.help, run: onHelp },
      { keys: 'mod+k', label: s.commands, run: openCommands },
      { keys: 'y', label: s.copyLink, run: () => copyLink(scope, text) },
      ...routes.flatMap(r =>
        r.rail && r.paths[0]
          ? [{ keys: r.rail.keys, label: text.pages[r.page], run: () => go(r.paths[0] ?? '/') }]
          : [],
      ),
    ];
    if (!scoped) return everywhere;
    return [
      ...everywhere,
      { keys: 't', label: s.time, run: onTime },
      { keys: 'r', label: s.refresh, run: refreshNow },
      { keys: 'R', label: s.refreshToggle, run: () => set({ r: scope.refresh > 0 ? 0 : 30 }) },
      { keys: '[', label: s.earlier, run: () => setRange(shift(scope.range, -0.5, now)) },
      { keys: ']', label: s.later, run: () => setRange(shift(scope.range, 0.5, now)) },
      { keys: '-', label: s.zoomOut, run: () => setRange(zoom(scope.range, 2, now)) },
      { keys: '=', label: s.zoomIn, run: () => setRange(zoom(scope.range, 0.5, now)) },
      ...(page.live ? [{ keys: 'l', label: s.live, run: () => useSession.setState(x => ({ live: !x.live })) }] : []),
    ];
  }, [text, scope, scoped, go, set, setRange, page.live, now, onTime, onHelp]);
  useShortcuts(shortcuts, 'everywhere');

  const commands = useMemo<Command[]>(
    () => [
      ...routes.flatMap(r =>
        r.rail && r.paths[0]
          ? [
              {
                id: `go ${r.page}`,
                label: text.commands.goTo(text.pages[r.page]),
                icon: r.rail.icon,
                keys: r.rail.keys,
                run: () => go(r.paths[0] ?? '/'),
              },
            ]
          : [],
      ),
      { id: 'refresh', label: text.bar.refresh, icon: 'refresh', keys: 'r', run: refreshNow },
      { id: 'link', label: text.bar.copyLink, icon: 'share', keys: 'y', run: () => copyLink(scope, text) },
      { id: 'help', label: text.commands.help, icon: 'help', keys: '?', run: onHelp },
      ...(['system', 'light', 'dark', 'contrast'] as Theme[]).map(theme => ({
        id: `theme ${theme}`,
        label: text.commands.theme(text.preferences.themes[theme]),
        icon: 'theme' as const,
        run: () => setPreferences({ theme }),
      })),
      ...(['en', 'ja'] as const).map(language => ({
        id: `language ${language}`,
        label: text.commands.language(text.preferences.languages[language]),
        run: () => setPreferences({ language }),
      })),
      ...(['comfortable', 'compact'] as Density[]).map(density => ({
        id: `density ${density}`,
        label: text.commands.density(text.preferences.densities[density]),
        run: () => setPreferences({ density }),
      })),
    ],
    [text, go, scope, onHelp],
  );
  useCommands(commands);
}

function NotFound() {
  const text = useText();
  const info = useMemo(() => ({ title: text.states.notFound }), [text]);
  usePage(info);
  return <Empty title={text.states.notFound}>{text.states.notFoundHint}</Empty>;
}
