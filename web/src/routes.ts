import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import type { IconName } from './ui';

export type PageId =
  | 'map'
  | 'traces'
  | 'trace'
  | 'compare'
  | 'analytics'
  | 'insights'
  | 'sampling'
  | 'groups'
  | 'sources'
  | 'start'
  | 'settings'
  | 'status';

/** What a page's component gets: the parts of the path that its pattern names. */
export interface PageProps {
  params: Readonly<Record<string, string | undefined>>;
}

interface Entry {
  page: PageId;
  /** Patterns of paths as wouter has them. ../routes.txt has the same for the server. */
  paths: readonly string[];
  /** Shown in the rail, with these keys. */
  rail?: { icon: IconName; keys: string };
  /** Whether group and time belong to it. */
  scope: boolean;
}

/** Every address of the console. A page is the default export of pages/<page>/index.tsx. */
export const table: readonly Entry[] = [
  { page: 'map', paths: ['/map'], rail: { icon: 'map', keys: 'g m' }, scope: true },
  { page: 'traces', paths: ['/traces'], rail: { icon: 'traces', keys: 'g t' }, scope: true },
  { page: 'trace', paths: ['/traces/:id', '/traces/:id/:view'], scope: false },
  { page: 'compare', paths: ['/compare/:pair'], scope: false },
  { page: 'analytics', paths: ['/analytics'], rail: { icon: 'analytics', keys: 'g a' }, scope: true },
  {
    page: 'insights',
    paths: ['/insights', '/insights/:id', '/insights/:id/events/:t'],
    rail: { icon: 'insights', keys: 'g i' },
    scope: true,
  },
  { page: 'sampling', paths: ['/sampling', '/sampling/:rule'], rail: { icon: 'sampling', keys: 'g s' }, scope: false },
  { page: 'groups', paths: ['/groups', '/groups/:name'], rail: { icon: 'groups', keys: 'g g' }, scope: false },
  { page: 'sources', paths: ['/sources'], rail: { icon: 'sources', keys: 'g o' }, scope: false },
  { page: 'start', paths: ['/start'], rail: { icon: 'start', keys: 'g h' }, scope: false },
  { page: 'settings', paths: ['/settings'], rail: { icon: 'settings', keys: 'g ,' }, scope: false },
  { page: 'status', paths: ['/status'], rail: { icon: 'status', keys: 'g u' }, scope: false },
];

type PageModule = { default: ComponentType<PageProps> };

const modules = import.meta.glob<PageModule>('./pages/*/index.tsx');

export interface Route extends Entry {
  Page: LazyExoticComponent<ComponentType<PageProps>>;
  /** Fetches the page's code before it is needed. */
  preload(): void;
}

/** The pages of this build, in the order of the rail. */
export const routes: readonly Route[] = table.flatMap(entry => {
  const load = modules[`./pages/${entry.page}/index.tsx`];
  return load ? [{ ...entry, Page: lazy(load), preload: () => void load() }] : [];
});
