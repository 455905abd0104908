import { type ReactNode, useState } from 'react';
import { useFormats, useText } from '../i18n';
import { IconButton, TextField } from '../ui';
import { parseSelection, type Selection } from './selection';

/** A range of durations as text: what a brush chose, and a way to choose it by typing. */
export function RangeField({
  title,
  selection,
  onSelect,
  className,
  children,
}: {
  /** Of the chart that it belongs to. */
  title: string;
  selection: Selection | undefined;
  onSelect(s: Selection | undefined): void;
  className: string | undefined;
  /** Behind the field. */
  children?: ReactNode;
}) {
  const text = useText();
  const format = useFormats();
  const [draft, setDraft] = useState<string>();
  const value = draft ?? (selection ? written(selection, format.duration) : '');
  return (
    <form
      className={className}
      onSubmit={e => {
        e.preventDefault();
        const parsed = value.trim() === '' ? undefined : parseSelection(value);
        if (value.trim() !== '' && !parsed) return;
        onSelect(parsed);
        setDraft(undefined);
      }}
    >
      <TextField
        label={`${title}: ${text.chart.selection}`}
        hideLabel
        placeholder="200 ms – 1.5 s"
        value={value}
        onChange={setDraft}
        onBlur={() => setDraft(undefined)}
      />
      {selection && <IconButton icon="close" label={text.chart.clearSelection} onPress={() => onSelect(undefined)} />}
      {children}
    </form>
  );
}

function written(s: Selection, duration: (v: number | undefined) => string): string {
  if (s.from === undefined) return `≤ ${duration(s.to)}`;
  if (s.to === undefined) return `≥ ${duration(s.from)}`;
  return `${duration(s.from)} – ${duration(s.to)}`;
}
