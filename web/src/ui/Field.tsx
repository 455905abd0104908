import { type ReactNode, useId } from 'react';
import {
  Button as AriaButton,
  Checkbox as AriaCheckbox,
  Radio as AriaRadio,
  RadioGroup as AriaRadioGroup,
  Select as AriaSelect,
  Switch as AriaSwitch,
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
  Text,
  TextArea,
} from 'react-aria-components';
import styles from './Field.module.css';
import { Icon } from './Icon';
import menu from './Menu.module.css';

export interface Described {
  label: string;
  /** The label is read, not shown. */
  hideLabel?: boolean;
  hint?: ReactNode;
}

export function Caption({ label, hideLabel }: Described) {
  return <Label className={hideLabel ? 'hidden-text' : (styles.label ?? '')}>{label}</Label>;
}

/** A field for one line of text, or for several with lines. The error shows in place of the hint. */
export function TextField({
  label,
  hideLabel,
  hint,
  error,
  lines,
  placeholder = '',
  mono,
  ...props
}: Described &
  Omit<AriaTextFieldProps, 'children' | 'className'> & {
    error?: string | undefined;
    lines?: number;
    placeholder?: string;
    mono?: boolean;
  }) {
  const face = `${styles.input} ${mono ? styles.mono : ''}`;
  return (
    <AriaTextField {...props} isInvalid={error !== undefined} className={styles.field ?? ''}>
      <Caption label={label} hideLabel={hideLabel ?? false} />
      {lines ? (
        <TextArea rows={lines} className={face} placeholder={placeholder} />
      ) : (
        <Input className={face} placeholder={placeholder} />
      )}
      {hint && error === undefined && (
        <Text slot="description" className={styles.hint ?? ''}>
          {hint}
        </Text>
      )}
      <FieldError className={styles.error ?? ''}>{error}</FieldError>
    </AriaTextField>
  );
}

export interface Choice<T extends string = string> {
  id: T;
  label: string;
  detail?: string;
}

/** One of a few choices, in a list that opens. */
export function Select<T extends string>({
  label,
  hideLabel,
  hint,
  choices,
  value,
  onChange,
  isDisabled,
}: Described & { choices: readonly Choice<T>[]; value: T; onChange(value: T): void; isDisabled?: boolean }) {
  return (
    <AriaSelect
      value={value}
      onChange={key => {
        if (key !== null) onChange(key as T);
      }}
      isDisabled={isDisabled ?? false}
      className={styles.field ?? ''}
      {...(hideLabel ? { 'aria-label': label } : {})}
    >
      {!hideLabel && <Caption label={label} />}
      <AriaButton className={styles.select ?? ''}>
        <SelectValue className={styles.value ?? ''}>{choices.find(c => c.id === value)?.label ?? value}</SelectValue>
        <Icon name="down" size={14} />
      </AriaButton>
      {hint && (
        <Text slot="description" className={styles.hint ?? ''}>
          {hint}
        </Text>
      )}
      <Popover className={menu.popover ?? ''}>
        <ListBox className={menu.menu ?? ''}>
          {choices.map(c => (
            <ListBoxItem key={c.id} id={c.id} textValue={c.label} className={menu.item ?? ''}>
              {({ isSelected }) => (
                <>
                  <span className={menu.check}>{isSelected && <Icon name="check" size={14} />}</span>
                  <span className={menu.label}>{c.label}</span>
                  {c.detail && <span className={styles.hint}>{c.detail}</span>}
                </>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

/** A setting that works at once. */
export function Switch({
  label,
  value,
  onChange,
  isDisabled,
}: {
  label: string;
  value: boolean;
  onChange(value: boolean): void;
  isDisabled?: boolean;
}) {
  return (
    <AriaSwitch isSelected={value} onChange={onChange} isDisabled={isDisabled ?? false} className={styles.switch ?? ''}>
      <span className={styles.track} aria-hidden="true">
        <span className={styles.thumb} />
      </span>
      {label}
    </AriaSwitch>
  );
}

/** A choice in a form or a list of filters. */
export function Checkbox({
  children,
  label,
  value,
  onChange,
  isDisabled,
}: {
  children?: ReactNode;
  label?: string;
  value: boolean;
  onChange(value: boolean): void;
  isDisabled?: boolean;
}) {
  return (
    <AriaCheckbox
      isSelected={value}
      onChange={onChange}
      isDisabled={isDisabled ?? false}
      className={styles.check ?? ''}
      {...(label && !children ? { 'aria-label': label } : {})}
    >
      <span className={styles.box} aria-hidden="true">
        <Icon name="check" size={12} />
      </span>
      {children ?? label}
    </AriaCheckbox>
  );
}

/** A few choices of which all are visible, side by side. */
export function Segments<T extends string>({
  label,
  hideLabel,
  choices,
  value,
  onChange,
}: Described & { choices: readonly Choice<T>[]; value: T; onChange(value: T): void }) {
  const id = useId();
  return (
    <AriaRadioGroup
      value={value}
      onChange={v => onChange(v as T)}
      orientation="horizontal"
      className={styles.field ?? ''}
      {...(hideLabel ? { 'aria-label': label } : {})}
    >
      {!hideLabel && <Caption label={label} />}
      <div className={styles.segments} id={id}>
        {choices.map(c => (
          <AriaRadio key={c.id} value={c.id} className={styles.segment ?? ''}>
            {c.label}
          </AriaRadio>
        ))}
      </div>
    </AriaRadioGroup>
  );
}
