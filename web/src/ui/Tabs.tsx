import type { ReactNode } from 'react';
import { Tabs as AriaTabs, Tab, TabList, TabPanel } from 'react-aria-components';
import styles from './Tabs.module.css';

export interface TabSpec<T extends string = string> {
  id: T;
  label: string;
  /** Shown beside the label. */
  count?: number;
  /** Tabs without content are disabled, not hidden. */
  disabled?: boolean;
  content: ReactNode;
}

/** Tabs with their contents; only the chosen one is rendered. */
export function Tabs<T extends string>({
  label,
  tabs,
  value,
  onChange,
}: {
  label: string;
  tabs: readonly TabSpec<T>[];
  value: T;
  onChange(id: T): void;
}) {
  return (
    <AriaTabs
      selectedKey={value}
      onSelectionChange={key => onChange(key as T)}
      className={styles.tabs ?? ''}
      disabledKeys={tabs.filter(t => t.disabled).map(t => t.id)}
    >
      <TabList aria-label={label} className={styles.list ?? ''}>
        {tabs.map(t => (
          <Tab key={t.id} id={t.id} className={styles.tab ?? ''}>
            {t.label}
            {t.count !== undefined && <span className={styles.count}>{t.count}</span>}
          </Tab>
        ))}
      </TabList>
      {tabs.map(t => (
        <TabPanel key={t.id} id={t.id} className={styles.panel ?? ''}>
          {t.content}
        </TabPanel>
      ))}
    </AriaTabs>
  );
}
