import { useEffect } from 'react';
import { useText } from '../i18n';
import { type PageInfo, useSession } from './session';

/** Tells the shell what page this is: title, whether it has a live view, what share offers. Memoize it. */
export function usePage(info: PageInfo): void {
  const text = useText();
  useEffect(() => {
    useSession.setState({ page: info });
    document.title = text.app.title(info.title);
  }, [info, text]);
  useEffect(() => () => useSession.setState({ live: false }), []);
}
