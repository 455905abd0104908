import { type ReactNode, useRef } from 'react';
import { setPanelWidth, usePreferences } from '../app/preferences';
import { useText } from '../i18n';
import { IconButton } from './Button';
import styles from './Panel.module.css';

const LEAST = 240;
const STEP = 24;

/**
 * A panel at the right edge of a page. Its width is remembered under its name and changed by
 * dragging or with the arrow keys; on narrow screens it covers the page. The page around it is
 * a flex row: see PanelLayout.
 */
export function Panel({
  name,
  title,
  header,
  width: initial = 420,
  onClose,
  children,
}: {
  name: string;
  title: string;
  /** Shown instead of the title, which is then read only. */
  header?: ReactNode;
  width?: number;
  onClose(): void;
  children: ReactNode;
}) {
  const text = useText();
  const stored = usePreferences(p => p.panels[name]) ?? initial;
  const panel = useRef<HTMLElement>(null);
  const most = () => Math.max(LEAST, window.innerWidth - 360);
  const set = (width: number) => setPanelWidth(name, Math.min(most(), Math.max(LEAST, width)));

  function drag(start: React.PointerEvent<HTMLDivElement>) {
    const element = panel.current;
    if (!element) return;
    const from = element.getBoundingClientRect().width;
    const at = start.clientX;
    let width = from;
    start.currentTarget.setPointerCapture(start.pointerId);
    const handle = start.currentTarget;
    const move = (e: PointerEvent) => {
      width = Math.min(most(), Math.max(LEAST, from + at - e.clientX));
      element.style.setProperty('--width', `${width}px`);
    };
    handle.addEventListener('pointermove', move);
    handle.addEventListener(
      'lostpointercapture',
      () => {
        handle.removeEventListener('pointermove', move);
        set(width);
      },
      { once: true },
    );
  }

  return (
    <aside
      ref={panel}
      className={styles.panel}
      aria-label={title}
      style={{ '--width': `${stored}px` } as React.CSSProperties}
      onKeyDown={e => {
        if (e.key === 'Escape' && !e.defaultPrevented) {
          e.stopPropagation();
          onClose();
        }
      }}
    >
      <div
        role="separator"
        aria-label={text.panel.resize}
        aria-orientation="vertical"
        aria-valuenow={Math.round(stored)}
        aria-valuemin={LEAST}
        aria-valuemax={Math.max(stored, 1200)}
        tabIndex={0}
        className={styles.handle}
        onPointerDown={drag}
        onKeyDown={e => {
          if (e.key === 'ArrowLeft') set(stored + STEP);
          else if (e.key === 'ArrowRight') set(stored - STEP);
          else if (e.key === 'Home') set(LEAST);
          else if (e.key === 'End') set(most());
          else return;
          e.preventDefault();
        }}
      />
      <header className={styles.header}>
        {header ?? <h2 className={styles.title}>{title}</h2>}
        <IconButton icon="close" label={text.panel.close} keys="Escape" onPress={onClose} />
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to take the focus */}
      <div className={styles.body} tabIndex={0}>
        {children}
      </div>
    </aside>
  );
}

/** The row of a page's content and its panel. */
export function PanelLayout({ children }: { children: ReactNode }) {
  return <div className={styles.layout}>{children}</div>;
}
