import { type ReactNode, useState } from 'react';
import { useFormats, useMessages } from '../../i18n';
import { MOST } from '../../map/amount';
import type { MapGraph } from '../../map/model';
import { Banner, Button } from '../../ui';
import type { Address, Change } from './address';
import styles from './map.module.css';
import { messages } from './messages';
import type { Drawn } from './useDrawn';

/** Says what of a large map is not drawn as it is, and leads to more of it. */
export function Crowded({
  drawn,
  all,
  name,
  url,
  setUrl,
}: {
  drawn: Drawn;
  all: MapGraph;
  name(key: string): string;
  url: Address;
  setUrl: Change;
}) {
  const text = useMessages(messages);
  const format = useFormats();
  if (drawn.middle !== undefined) {
    return (
      <Banner
        actions={
          all.nodes.length <= MOST && (
            <Button onPress={() => setUrl({ all: true, focus: undefined })}>{text.drawAll}</Button>
          )
        }
      >
        {text.big(format.count(all.nodes.length), name(drawn.middle), format.count(drawn.depth))}
      </Banner>
    );
  }
  const folds = drawn.graph.nodes.filter(n => n.bundle && n.bundle.kind !== 'group');
  if (folds.length === 0 && !url.all) return null;
  const away = folds.reduce((sum, n) => sum + (n.bundle?.members.length ?? 0), 0);
  return (
    <Banner
      actions={
        <>
          {folds.length > 0 && <Button onPress={() => setUrl({ fold: 'off', open: [] })}>{text.unfoldAll}</Button>}
          {url.all && <Button onPress={() => setUrl({ all: false })}>{text.drawLess}</Button>}
        </>
      }
    >
      {text.foldedCount(format.count(all.nodes.length), format.count(away), format.count(folds.length))}
    </Banner>
  );
}

/** The place of the full table while only a part of the map is drawn. */
export function Beside({ children }: { children: ReactNode }) {
  const text = useMessages(messages);
  const [shown, setShown] = useState(true);
  return (
    <section className={styles.beside} aria-label={text.views.table}>
      {shown && children}
      <Button kind="quiet" icon={shown ? 'up' : 'down'} aria-expanded={shown} onPress={() => setShown(!shown)}>
        {shown ? text.hideTable : text.showTable}
      </Button>
    </section>
  );
}
