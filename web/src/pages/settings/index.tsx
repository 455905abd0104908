import { useMemo } from 'react';
import { usePage } from '../../app/page';
import { type Preferences, setPreferences, usePreferences } from '../../app/preferences';
import { useFormats, useText } from '../../i18n';
import { PRESETS } from '../../time/range';
import { Segments, Select, Switch } from '../../ui';
import { REFRESH_CHOICES } from '../../url/shared';
import styles from './settings.module.css';

/** Shares of bad requests from which on the map marks a node. */
const BAD_SHARES = [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1];

/** What the reader chooses for this browser. */
export default function Settings() {
  const text = useText();
  const format = useFormats();
  const p = usePreferences();
  const info = useMemo(() => ({ title: text.pages.settings }), [text]);
  usePage(info);
  const t = text.preferences;
  const choices = <K extends string>(labels: Readonly<Record<K, string>>) =>
    Object.entries<string>(labels).map(([id, label]) => ({ id: id as K, label }));
  const zones: Record<string, string> = { ...t.zones, ...(p.zone in t.zones ? {} : { [p.zone]: p.zone }) };
  return (
    <div className={styles.page}>
      <section className={styles.section} aria-labelledby="preferences">
        <h2 id="preferences">{t.title}</h2>
        <p className={styles.hint}>{t.hint}</p>
        <Segments<Preferences['theme']>
          label={t.theme}
          choices={choices(t.themes)}
          value={p.theme}
          onChange={theme => setPreferences({ theme })}
        />
        <Segments<Preferences['language']>
          label={t.language}
          choices={choices(t.languages)}
          value={p.language}
          onChange={language => setPreferences({ language })}
        />
        <Segments<Preferences['density']>
          label={t.density}
          choices={choices(t.densities)}
          value={p.density}
          onChange={density => setPreferences({ density })}
        />
        <Segments label={t.zone} choices={choices(zones)} value={p.zone} onChange={zone => setPreferences({ zone })} />
        <Select
          label={t.range}
          choices={PRESETS.map(s => ({ id: String(s), label: format.duration(s) }))}
          value={String(p.range)}
          onChange={s => setPreferences({ range: Number(s) })}
        />
        <Select
          label={t.refresh}
          choices={REFRESH_CHOICES.map(s => ({ id: String(s), label: s === 0 ? text.bar.off : format.duration(s) }))}
          value={String(p.refresh)}
          onChange={s => setPreferences({ refresh: Number(s) })}
        />
        <Select
          label={t.badShare}
          choices={BAD_SHARES.map(s => ({ id: String(s), label: s === 0 ? t.anyBad : format.share(s) }))}
          value={String(BAD_SHARES.find(s => s === p.badShare) ?? 0.01)}
          onChange={s => setPreferences({ badShare: Number(s) })}
        />
        <Switch label={t.shortcuts} value={p.shortcuts} onChange={shortcuts => setPreferences({ shortcuts })} />
      </section>
    </div>
  );
}
