import { useCallback, useEffect, useState } from 'react';
import { loadPins, type Pins, storePins } from '../../map/pins';

/** The pins of a view in this browser, and what changes them: undefined unpins. */
export function usePins(view: string): {
  pins: Pins;
  pin(key: string, at: readonly [number, number] | undefined): void;
  reset(): void;
} {
  const [state, setState] = useState(() => ({ view, pins: loadPins(view) }));
  useEffect(() => setState(s => (s.view === view ? s : { view, pins: loadPins(view) })), [view]);
  const set = useCallback(
    (change: (pins: Pins) => Pins) =>
      setState(s => {
        const pins = change(s.pins);
        storePins(s.view, pins);
        return { ...s, pins };
      }),
    [],
  );
  const pin = useCallback(
    (key: string, at: readonly [number, number] | undefined) =>
      set(({ [key]: _, ...others }) => (at ? { ...others, [key]: at } : others)),
    [set],
  );
  const reset = useCallback(() => set(() => ({})), [set]);
  return { pins: state.pins, pin, reset };
}
