import styles from './Keys.module.css';

const mac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);

const names: Record<string, string> = {
  mod: mac ? '⌘' : 'Ctrl',
  shift: 'Shift',
  enter: 'Enter',
  escape: 'Esc',
  space: 'Space',
  arrowdown: '↓',
  arrowup: '↑',
  arrowleft: '←',
  arrowright: '→',
  arrows: '← ↑ ↓ →',
};

/** Shows the keys of a shortcut, written as in the registry: "mod+k", "g m", "?". */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className={styles.keys}>
      {keys.split(' ').map(chord => (
        <kbd key={chord} className={styles.key}>
          {(chord === '+' ? [chord] : chord.split('+')).map(k => names[k.toLowerCase()] ?? k).join(' ')}
        </kbd>
      ))}
    </span>
  );
}
