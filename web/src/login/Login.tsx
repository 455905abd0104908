import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import { ApiError } from '../api/errors';
import { sessionApi, type Who } from '../api/session';
import { address } from '../api/transport';
import { usePreferences } from '../app/preferences';
import { useMessages, useText } from '../i18n';
import { Banner, Button, TextField } from '../ui';
import { Form } from '../ui/Sheet';
import { type Reason, withoutRefusal } from './access';
import styles from './login.module.css';
import { messages } from './messages';

/** The login page: the provider, an access key, or both, as the server offers them. */
export function Login({
  who,
  refused,
  onDone,
}: {
  who: Who;
  /** Why the last login did not work. */
  refused: { reason: Reason; request: string } | undefined;
  onDone(who: Who): void;
}) {
  const text = useMessages(messages);
  const common = useText();
  const language = usePreferences(p => p.language);
  useEffect(() => {
    document.title = common.app.title(text.title);
  }, [text, common]);
  return (
    <I18nProvider locale={language === 'ja' ? 'ja-JP' : 'en-US'}>
      <main className={styles.page}>
        <div className={styles.card}>
          <p className={styles.brand}>{common.app.name}</p>
          <h1>{refused ? text.refusedTitle : text.title}</h1>
          {refused ? (
            <div role="alert">
              <Banner kind="warning">
                {text.refused[refused.reason]}
                {refused.request && (
                  <span className={styles.request}>
                    {text.request} <code>{refused.request}</code>
                  </span>
                )}
              </Banner>
            </div>
          ) : (
            <p>{text.hint}</p>
          )}
          {who.methods.includes('oidc') && (
            <Button kind="primary" icon="user" onPress={toProvider}>
              {text.withProvider(who.provider)}
            </Button>
          )}
          {who.methods.length > 1 && <p className={styles.or}>{text.or}</p>}
          {who.methods.includes('key') && <KeyForm first={who.methods.length === 1} onDone={onDone} />}
        </div>
      </main>
    </I18nProvider>
  );
}

/** Leaves for the provider, which sends people back to where they are now. */
function toProvider() {
  const to = address('console/v1/login');
  to.searchParams.set('return', withoutRefusal(window.location));
  window.location.assign(to);
}

function KeyForm({ first, onDone }: { first: boolean; onDone(who: Who): void }) {
  const text = useMessages(messages);
  const [key, setKey] = useState('');
  const [secret, setSecret] = useState('');
  const [tried, setTried] = useState(false);
  const run = useMutation({
    mutationFn: async () => {
      await sessionApi.logIn(key.trim(), secret.trim());
      return sessionApi.who();
    },
    onSuccess: onDone,
  });
  const missing = key.trim() === '' || secret.trim() === '';
  const fault = run.error ? text[faultOf(run.error)] : undefined;
  return (
    <Form
      onSubmit={() => {
        setTried(true);
        if (!missing) run.mutate();
      }}
    >
      <TextField
        label={text.key}
        value={key}
        onChange={setKey}
        autoComplete="username"
        mono
        hint={text.keyHint}
        error={tried && key.trim() === '' ? text.required : undefined}
      />
      <TextField
        label={text.secret}
        value={secret}
        onChange={setSecret}
        type="password"
        autoComplete="current-password"
        mono
        error={tried && secret.trim() === '' ? text.required : undefined}
      />
      {fault && (
        <div role="alert">
          <Banner kind="warning">{fault}</Banner>
        </div>
      )}
      <Button type="submit" kind={first ? 'primary' : 'plain'} isPending={run.isPending}>
        {text.submit}
      </Button>
    </Form>
  );
}

function faultOf(error: unknown): 'throttled' | 'wrong' | 'noAccess' | 'failed' {
  if (!(error instanceof ApiError)) return 'failed';
  if (error.status === 429) return 'throttled';
  if (error.status === 401) return 'wrong';
  return error.status === 403 ? 'noAccess' : 'failed';
}
