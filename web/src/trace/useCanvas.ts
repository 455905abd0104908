import { type RefObject, useEffect, useRef } from 'react';

export interface Surface {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
  /** The value of a custom property, as the theme has it now. */
  colour(property: string): string;
}

/** Draws on a canvas when the function, the size or the theme changes. Memoize the function. */
export function useCanvas(draw: (s: Surface) => void): RefObject<HTMLCanvasElement | null> {
  const ref = useRef<HTMLCanvasElement>(null);
  const drawn = useRef(draw);
  useEffect(() => {
    const canvas = ref.current;
    if (!canvas) return;
    const again = () => paint(canvas, drawn.current);
    const resized = new ResizeObserver(again);
    resized.observe(canvas);
    const themed = new MutationObserver(again);
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => {
      resized.disconnect();
      themed.disconnect();
    };
  }, []);
  useEffect(() => {
    // The first time the observer of the size draws.
    if (drawn.current === draw) return;
    drawn.current = draw;
    if (ref.current) paint(ref.current, draw);
  }, [draw]);
  return ref;
}

function paint(canvas: HTMLCanvasElement, draw: (s: Surface) => void): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = window.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  // Setting the size takes new memory, even where it stays the same.
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  const known = new Map<string, string>();
  const colour = (property: string) => {
    let value = known.get(property);
    if (value === undefined) {
      value = style.getPropertyValue(property).trim();
      known.set(property, value);
    }
    return value;
  };
  draw({ context, width, height, colour });
}
