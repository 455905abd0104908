import {
  Button as AriaButton,
  ComboBox as AriaComboBox,
  Input,
  ListBox,
  ListBoxItem,
  Popover,
  Text,
} from 'react-aria-components';
import { Caption, type Choice, type Described } from './Field';
import styles from './Field.module.css';
import { Icon } from './Icon';
import menu from './Menu.module.css';

/** Text with suggestions below; any text is allowed. */
export function ComboBox({
  label,
  hideLabel,
  hint,
  choices,
  value,
  onChange,
  placeholder = '',
}: Described & { choices: readonly Choice[]; value: string; onChange(value: string): void; placeholder?: string }) {
  return (
    <AriaComboBox
      allowsCustomValue
      inputValue={value}
      onInputChange={onChange}
      items={choices}
      menuTrigger="focus"
      className={styles.field ?? ''}
      {...(hideLabel ? { 'aria-label': label } : {})}
    >
      {!hideLabel && <Caption label={label} />}
      <div className={styles.combo}>
        <Input className={styles.input ?? ''} placeholder={placeholder} />
        <AriaButton className={styles.drop ?? ''}>
          <Icon name="down" size={14} />
        </AriaButton>
      </div>
      {hint && (
        <Text slot="description" className={styles.hint ?? ''}>
          {hint}
        </Text>
      )}
      <Popover className={menu.popover ?? ''}>
        <ListBox<Choice> className={menu.menu ?? ''}>
          {c => (
            <ListBoxItem id={c.id} textValue={c.label} className={menu.item ?? ''}>
              <span className={menu.label}>{c.label}</span>
              {c.detail && <span className={styles.hint}>{c.detail}</span>}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaComboBox>
  );
}
