import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  type ButtonProps as AriaProps,
  ToggleButton as AriaToggle,
  type ToggleButtonProps,
} from 'react-aria-components';
import styles from './Button.module.css';
import { Icon, type IconName } from './Icon';
import { Tooltip } from './Tooltip';

type Kind = 'plain' | 'primary' | 'quiet' | 'danger';

export interface ButtonProps extends Omit<AriaProps, 'children' | 'className'> {
  kind?: Kind;
  icon?: IconName;
  children?: ReactNode;
}

/** A button with words. Give progress through isPending: it stays in place and says so. */
export function Button({ kind = 'plain', icon, children, ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className={`${styles.button} ${styles[kind]}`}>
      {icon && <Icon name={icon} />}
      {children}
    </AriaButton>
  );
}

/** A button with a drawing; the label is its name and its tooltip, keys are shown beside it. */
export function IconButton({
  icon,
  label,
  keys,
  ...props
}: Omit<AriaProps, 'children' | 'className'> & { icon: IconName; label: string; keys?: string }) {
  return (
    <Tooltip text={label} {...(keys ? { keys } : {})}>
      <AriaButton {...props} aria-label={label} className={`${styles.button} ${styles.quiet} ${styles.icon}`}>
        <Icon name={icon} />
      </AriaButton>
    </Tooltip>
  );
}

/** A button that is on or off. */
export function Toggle({
  icon,
  children,
  ...props
}: Omit<ToggleButtonProps, 'children' | 'className'> & { icon?: IconName; children?: ReactNode }) {
  return (
    <AriaToggle {...props} className={`${styles.button} ${styles.plain} ${styles.toggle}`}>
      {icon && <Icon name={icon} />}
      {children}
    </AriaToggle>
  );
}
