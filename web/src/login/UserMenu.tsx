import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { sessionApi } from '../api/session';
import { useMessages } from '../i18n';
import { Button, Menu, toast } from '../ui';
import { useWho } from './access';
import styles from './login.module.css';
import { messages } from './messages';

/** Who one is, and the way out. Nothing where nobody has to log in. */
export function UserMenu() {
  const text = useMessages(messages);
  const client = useQueryClient();
  const user = useWho()?.user;
  const { mutate } = useMutation({
    mutationFn: () => sessionApi.logOut(),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['session'] });
      client.removeQueries({ predicate: q => q.queryKey[0] !== 'session' });
    },
    onError: () => toast(text.failed, { kind: 'problem' }),
  });
  const groups = useMemo(
    () => [
      {
        id: 'user',
        label: `${user?.name ?? ''} · ${text.roles[user?.role ?? '']}`,
        entries: [{ id: 'out', label: text.out, run: () => mutate() }],
      },
    ],
    [user, text, mutate],
  );
  if (!user) return null;
  return (
    <Menu label={text.user(user.name)} groups={groups}>
      <Button kind="quiet" icon="user" aria-label={text.user(user.name)}>
        <span className={styles.name}>{user.name}</span>
      </Button>
    </Menu>
  );
}
