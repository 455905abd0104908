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
  useEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext('2d');
    if (!canvas || !context) return;
    const paint = () => {
      const { clientWidth: width, clientHeight: height } = canvas;
      const scale = window.devicePixelRatio || 1;
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
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
    };
    const resized = new ResizeObserver(paint);
    resized.observe(canvas);
    const themed = new MutationObserver(paint);
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => {
      resized.disconnect();
      themed.disconnect();
    };
  }, [draw]);
  return ref;
}
