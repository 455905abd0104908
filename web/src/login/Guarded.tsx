import type { ComponentProps, ReactNode } from 'react';
import type { Action } from '../api/session';
import { useMessages } from '../i18n';
import { Button, type ButtonProps, IconButton } from '../ui';
import { may, useWho } from './access';
import { messages } from './messages';

/** A button for what not everybody may do: who may not sees it disabled, with the reason. */
export function GuardedButton({ action, ...props }: ButtonProps & { action: Action }) {
  return (
    <Guard action={action}>
      {allowed => <Button {...props} isDisabled={!allowed || (props.isDisabled ?? false)} />}
    </Guard>
  );
}

/** GuardedButton with a drawing. */
export function GuardedIconButton({ action, ...props }: ComponentProps<typeof IconButton> & { action: Action }) {
  return (
    <Guard action={action}>
      {allowed => <IconButton {...props} isDisabled={!allowed || (props.isDisabled ?? false)} />}
    </Guard>
  );
}

function Guard({ action, children }: { action: Action; children(allowed: boolean): ReactNode }) {
  const text = useMessages(messages);
  const who = useWho();
  if (may(who, action)) return children(true);
  // A disabled button has no tooltip of its own, and takes no focus: the words are beside it.
  return (
    <span title={text.needs(action)} data-denied={action}>
      {children(false)}
      <span className="hidden-text">{text.needs(action)}</span>
    </span>
  );
}
