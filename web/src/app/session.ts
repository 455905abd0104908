import { create } from 'zustand';

/** What a page tells the shell about itself. */
export interface PageInfo {
  /** The heading, which is also the title of the document. */
  title: string;
  /** True when the page can show traces as they arrive. */
  live?: boolean;
  /** Lines for "copy as Markdown", below title, window and link. */
  markdown?(): string[];
  /** The command for "copy as AWS CLI". */
  cli?(): string;
  /** More entries of the share menu. */
  share?: readonly { id: string; label: string; run(): void }[];
}

interface Session {
  /** The moment at which relative ranges end, in milliseconds; moves with each refresh. */
  now: number;
  live: boolean;
  /** How many things ask that nothing is refreshed now, such as a brush that is being dragged. */
  held: number;
  page: PageInfo;
  /** False after a request found no server, until one does. */
  reachable: boolean;
}

/** State that lasts as long as the tab and is in no address. */
export const useSession = create<Session>(() => ({
  now: Date.now(),
  live: false,
  held: 0,
  page: { title: '' },
  reachable: true,
}));

/** Makes relative ranges end now: everything that depends on them is asked for again. */
export function refreshNow(): void {
  useSession.setState({ now: Date.now() });
}

/** Holds automatic refreshes until the returned function is called. */
export function holdRefresh(): () => void {
  useSession.setState(s => ({ held: s.held + 1 }));
  let released = false;
  return () => {
    if (released) return;
    released = true;
    useSession.setState(s => ({ held: s.held - 1 }));
  };
}
