import { useText } from '../i18n';
import { IconButton } from './Button';
import { copy } from './copy';

/** Copies a text that stands beside it. */
export function CopyButton({ value, label }: { value: string; label?: string }) {
  const text = useText();
  return (
    <IconButton icon="copy" label={label ?? text.actions.copy} onPress={() => void copy(value, text.actions.copied)} />
  );
}
