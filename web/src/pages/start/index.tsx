import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { queries } from '../../api/queries';
import { useUrl } from '../../app/location';
import { usePage } from '../../app/page';
import { useMessages, useText } from '../../i18n';
import { Banner, Problem, Segments, Skeleton } from '../../ui';
import { Code, Section, Sheet } from '../../ui/Sheet';
import { codec, oneOf } from '../../url/codec';
import { Arrival } from './Arrival';
import { messages } from './messages';
import { addressesFor, LANGUAGES, type Language, PLACES, type Place, SDKS, type Sdk, snippets } from './snippets';
import styles from './start.module.css';

const address = codec({
  where: oneOf(PLACES, 'local'),
  lang: oneOf(LANGUAGES, 'go'),
  sdk: oneOf(SDKS, 'otel'),
});

const NAMES: Record<Language, string> = {
  go: 'Go',
  java: 'Java',
  nodejs: 'Node.js',
  python: 'Python',
  dotnet: '.NET',
  ruby: 'Ruby',
};

/** From three choices to text that is pasted, and to the first trace. */
export default function Start() {
  const text = useMessages(messages);
  const common = useText();
  const [url, setUrl] = useUrl(address);
  const me = useQuery(queries.me());
  const info = useMemo(() => ({ title: common.pages.start }), [common]);
  usePage(info);
  if (me.isPending) return <Skeleton rows={10} />;
  if (me.error) return <Problem error={me.error} onRetry={() => void me.refetch()} />;

  const at = addressesFor(me.data, url.where, new URL(window.location.href));
  const all = snippets({ place: url.where, language: url.lang, sdk: url.sdk }, at);
  const own = all.filter(s => s.id === 'settings' || s.id === 'install' || s.id === 'code');
  const others = all.filter(s => !own.includes(s));
  const closed = url.where !== 'local' && /\/\/(127\.|localhost|\[::1\])/.test(me.data.endpoint);
  const steps = (list: typeof all) =>
    list.map(s => (
      <Section key={s.id} title={text.steps[s.id]} hint={text.hints[s.id]}>
        <Code text={s.text} label={text.steps[s.id]} />
      </Section>
    ));
  return (
    <Sheet>
      <Arrival any={me.data.traces > 0} />
      <Section title={text.choose}>
        <div className={styles.choices}>
          <Segments<Place>
            label={text.place}
            choices={PLACES.map(id => ({ id, label: text.places[id] }))}
            value={url.where}
            onChange={where => setUrl({ where }, { replace: true })}
          />
          <Segments<Language>
            label={text.language}
            choices={LANGUAGES.map(id => ({ id, label: NAMES[id] }))}
            value={url.lang}
            onChange={lang => setUrl({ lang }, { replace: true })}
          />
          <Segments<Sdk>
            label={text.sdk}
            choices={SDKS.map(id => ({ id, label: text.sdks[id] }))}
            value={url.sdk}
            onChange={sdk => setUrl({ sdk }, { replace: true })}
          />
        </div>
      </Section>
      {closed && <Banner kind="warning">{text.loopback(me.data.endpoint)}</Banner>}
      {at.standIn && <Banner>{text.standIn}</Banner>}
      {url.sdk === 'xray' && (me.data.daemon === '' ? <Banner kind="warning">{text.daemonOff}</Banner> : null)}
      {url.sdk === 'xray' && <Banner>{text.xrayFuture}</Banner>}
      <div className={styles.columns}>
        <div className={styles.steps}>{steps(own)}</div>
        <div className={styles.steps}>{steps(others)}</div>
      </div>
    </Sheet>
  );
}
