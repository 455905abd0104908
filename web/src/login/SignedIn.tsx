import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { placeOf, refusal, session, withoutRefusal } from './access';
import { Login } from './Login';

/** The console for who is logged in, or need not be; the login page for others, at the same address. */
export function SignedIn({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const found = useQuery(session());
  const [refused, setRefused] = useState(() => refusal(window.location.search));
  useEffect(() => {
    // The address keeps nothing of it: a reload or a copied link shall not say it again.
    window.history.replaceState(window.history.state, '', withoutRefusal(window.location));
    const lost = () => void client.invalidateQueries({ queryKey: ['session'] });
    window.addEventListener('radiograph:unauthenticated', lost);
    return () => window.removeEventListener('radiograph:unauthenticated', lost);
  }, [client]);
  const place = placeOf(found.data, !found.isPending, refused !== undefined);
  if (place === 'wait') return null;
  if (place === 'console' || !found.data) return children;
  return (
    <Login
      who={found.data}
      refused={refused}
      onDone={who => {
        // Answers of somebody else must not be shown.
        client.removeQueries({ predicate: q => q.queryKey[0] !== 'session' });
        setRefused(undefined);
        client.setQueryData(session().queryKey, who);
      }}
    />
  );
}
