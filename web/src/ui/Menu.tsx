import { Fragment, type ReactElement, type RefObject, useRef } from 'react';
import {
  Menu as AriaMenu,
  Header,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
  Separator,
} from 'react-aria-components';
import { Icon, type IconName } from './Icon';
import { Keys } from './Keys';
import styles from './Menu.module.css';

export interface MenuEntry {
  id: string;
  label: string;
  icon?: IconName;
  keys?: string;
  /** Shown with a check mark when true, with room for one when false. */
  checked?: boolean;
  disabled?: boolean;
  /** Makes the entry a link: it can be opened in a new tab. */
  href?: string;
  run?(): void;
}

export interface MenuGroup {
  id: string;
  label?: string;
  entries: readonly MenuEntry[];
}

/** A menu that its child, a button, opens. */
export function Menu({
  label,
  groups,
  children,
}: {
  label: string;
  groups: readonly MenuGroup[];
  children: ReactElement;
}) {
  return (
    <MenuTrigger>
      {children}
      <Popover className={styles.popover ?? ''} offset={4}>
        <Entries label={label} groups={groups} />
      </Popover>
    </MenuTrigger>
  );
}

/** A menu at an element that is no trigger of its own: one for all rows of a table. */
export function AnchoredMenu({
  label,
  groups,
  anchor,
  onClose,
}: {
  label: string;
  groups: readonly MenuGroup[];
  anchor: Element | null;
  onClose(): void;
}) {
  const ref = useRef<Element | null>(anchor);
  ref.current = anchor;
  return (
    <Popover
      className={styles.popover ?? ''}
      triggerRef={ref as RefObject<Element | null>}
      isOpen={anchor !== null}
      onOpenChange={open => {
        if (!open) onClose();
      }}
      placement="bottom start"
      offset={2}
      aria-label={label}
    >
      <Entries label={label} groups={groups} onClose={onClose} />
    </Popover>
  );
}

function Entries({ label, groups, onClose }: { label: string; groups: readonly MenuGroup[]; onClose?: () => void }) {
  const all = groups.flatMap(g => g.entries);
  return (
    <AriaMenu
      aria-label={label}
      className={styles.menu ?? ''}
      autoFocus="first"
      disabledKeys={all.filter(e => e.disabled).map(e => e.id)}
      onAction={key => {
        all.find(e => e.id === key)?.run?.();
        onClose?.();
      }}
    >
      {groups.map((group, i) => (
        <Fragment key={group.id}>
          {i > 0 && <Separator className={styles.separator ?? ''} />}
          <MenuSection {...(group.label ? {} : { 'aria-label': group.id })}>
            {group.label && <Header className={styles.header ?? ''}>{group.label}</Header>}
            {group.entries.map(entry => (
              <MenuItem
                key={entry.id}
                id={entry.id}
                textValue={entry.label}
                className={styles.item ?? ''}
                {...(entry.href ? { href: entry.href } : {})}
              >
                {entry.checked !== undefined && (
                  <span className={styles.check}>{entry.checked && <Icon name="check" size={14} />}</span>
                )}
                {entry.icon && <Icon name={entry.icon} />}
                <span className={styles.label}>
                  {entry.label}
                  {entry.checked && <span className="hidden-text"> ✓</span>}
                </span>
                {entry.keys && <Keys keys={entry.keys} />}
              </MenuItem>
            ))}
          </MenuSection>
        </Fragment>
      ))}
    </AriaMenu>
  );
}
