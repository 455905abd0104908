import { useLocation } from 'wouter';
import { useText } from '../i18n';
import { routes } from '../routes';
import { Icon, IconButton } from '../ui';
import { Link } from './Link';
import { setPreferences, usePreferences } from './preferences';
import styles from './Rail.module.css';

/** The pages, at the left; on narrow screens a sheet that the menu button opens. */
export function Rail({ open, onNavigate }: { open: boolean; onNavigate(): void }) {
  const text = useText();
  const [path] = useLocation();
  const closed = usePreferences(p => p.rail) === 'closed';
  return (
    <nav
      className={`${styles.rail} ${closed ? styles.closed : ''} ${open ? styles.open : ''}`}
      aria-label={text.app.navigation}
    >
      <div className={styles.brand}>
        <Logo />
        <span className={styles.name}>{text.app.name}</span>
      </div>
      <ul className={styles.list}>
        {routes.map(r => {
          const [first] = r.paths;
          if (!r.rail || !first) return null;
          return (
            <li key={r.page}>
              <Link
                to={first}
                className={styles.item}
                title={closed ? text.pages[r.page] : undefined}
                current={path === first || path.startsWith(`${first}/`)}
                onClick={onNavigate}
                onMouseEnter={r.preload}
              >
                <Icon name={r.rail.icon} />
                <span className={styles.name}>{text.pages[r.page]}</span>
              </Link>
            </li>
          );
        })}
      </ul>
      <div className={styles.foot}>
        <IconButton
          icon={closed ? 'expand' : 'collapse'}
          label={closed ? text.app.expand : text.app.collapse}
          onPress={() => setPreferences({ rail: closed ? 'open' : 'closed' })}
        />
      </div>
    </nav>
  );
}

function Logo() {
  return (
    <svg width="20" height="20" viewBox="0 0 32 32" aria-hidden="true">
      <g stroke="var(--ok-fill)" strokeWidth="4" strokeLinecap="round">
        <path d="M3 9h15M8 16h18M13 23h8" />
      </g>
      <circle cx="27" cy="23" r="2.6" fill="var(--error-fill)" />
    </svg>
  );
}
