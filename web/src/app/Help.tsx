import { useText } from '../i18n';
import { Dialog, Keys, Switch } from '../ui';
import styles from './Help.module.css';
import { setPreferences, usePreferences } from './preferences';
import { useShortcutRegistry } from './shortcuts';

/** The shortcuts that work here and now. */
export function Help({ onClose }: { onClose(): void }) {
  const text = useText();
  const lists = useShortcutRegistry(s => s.lists);
  const singles = usePreferences(p => p.shortcuts);
  const groups = [
    { scope: 'page', title: text.shortcuts.page },
    { scope: 'everywhere', title: text.shortcuts.everywhere },
  ] as const;
  return (
    <Dialog title={text.shortcuts.title} onClose={onClose} wide>
      <div className={styles.columns}>
        {groups.map(({ scope, title }) => {
          const shortcuts = [...lists.values()].filter(l => l.scope === scope).flatMap(l => l.shortcuts);
          if (shortcuts.length === 0) return null;
          return (
            <section key={scope} className={styles.group}>
              <h3>{title}</h3>
              <dl className={styles.list}>
                {shortcuts.map(s => (
                  <div key={s.keys} className={styles.row}>
                    <dt>{s.label}</dt>
                    <dd>
                      <Keys keys={s.keys} />
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
      </div>
      <div className={styles.foot}>
        <Switch label={text.shortcuts.singles} value={singles} onChange={shortcuts => setPreferences({ shortcuts })} />
        <span className={styles.hint}>{text.shortcuts.singlesHint}</span>
      </div>
    </Dialog>
  );
}
