import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

export interface View {
  x: number;
  y: number;
  /** Pixels of the screen for a unit of the map. */
  k: number;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const LEAST = 0.1;
export const MOST = 3;
const MARGIN = 24;

/** The view in which all of a box is to be seen, not larger than life by much. */
export function fitting(box: Box, screen: { width: number; height: number }): View {
  if (box.width === 0 || box.height === 0) return { x: 0, y: 0, k: 1 };
  const fits = Math.min((screen.width - 2 * MARGIN) / box.width, (screen.height - 2 * MARGIN) / box.height);
  const k = Math.min(1.25, Math.max(LEAST, fits));
  return {
    k,
    x: (screen.width - box.width * k) / 2 - box.x * k,
    y: (screen.height - box.height * k) / 2 - box.y * k,
  };
}

const NARROW = 600;
const READABLE = 0.5;

/** The first view: everything, but on a small screen the callers in a size in which names are readable. */
export function opening(box: Box, screen: { width: number; height: number }): View {
  const all = fitting(box, screen);
  if (screen.width > NARROW || all.k >= READABLE) return all;
  return {
    k: READABLE,
    x: -box.x * READABLE - MARGIN,
    y: (screen.height - box.height * READABLE) / 2 - box.y * READABLE,
  };
}

/** Zooms so that the point of the screen stays where it is. */
export function zoomed(v: View, factor: number, at: { x: number; y: number }): View {
  const k = Math.min(MOST, Math.max(LEAST, v.k * factor));
  return { k, x: at.x - ((at.x - v.x) * k) / v.k, y: at.y - ((at.y - v.y) * k) / v.k };
}

/** Brings a place into the middle if it is not well inside of the screen. */
export function reveal(v: View, place: { x: number; y: number }, screen: { width: number; height: number }): View {
  const x = v.x + place.x * v.k;
  const y = v.y + place.y * v.k;
  const edge = 60;
  if (x >= edge && y >= edge && x <= screen.width - edge && y <= screen.height - edge) return v;
  return { k: v.k, x: screen.width / 2 - place.x * v.k, y: screen.height / 2 - place.y * v.k };
}

/** What is done with the pointer besides moving the view. Moments of a drag, then end or cancel. */
export interface Tools {
  /** A node is dragged: by how much in all, in units of the map. */
  drag(key: string, by: { x: number; y: number }): void;
  /** It was let go; kept is false when the drag was given up. */
  drop(key: string, kept: boolean): void;
  /** An area is drawn with Shift, in pixels of the screen. */
  area(box: Box | undefined): void;
  /** It is complete. */
  choose(box: Box): void;
}

export interface Viewport {
  view: View;
  screen: { width: number; height: number };
  moving: boolean;
  /** Whether the reader chose this view; else it follows the size of the map. */
  own: boolean;
  set(view: View, own?: boolean): void;
  zoom(factor: number): void;
  showAll(): void;
  /** Shows a part of the map. */
  fit(box: Box): void;
}

const STEP = 0.0015;

/** Pan and zoom of an element by pointer, wheel and two fingers. While something moves, one frame is one update. */
export function useView(element: RefObject<HTMLElement | null>, box: Box | undefined, tools: Tools): Viewport {
  const [view, setView] = useState<View>({ x: 0, y: 0, k: 1 });
  const [screen, setScreen] = useState({ width: 0, height: 0 });
  const [moving, setMoving] = useState(false);
  const [own, setOwn] = useState(false);
  const now = useRef({ view, screen, box, tools });
  now.current.screen = screen;
  now.current.box = box;
  now.current.tools = tools;

  const set = useCallback((v: View, isOwn = true) => {
    now.current.view = v;
    setView(v);
    setOwn(isOwn);
  }, []);

  const showAll = useCallback(() => {
    const { box, screen } = now.current;
    // On a small screen the first view is another: there this one is the reader's choice.
    if (box && screen.width > 0) set(fitting(box, screen), screen.width <= NARROW);
  }, [set]);

  const fit = useCallback(
    (box: Box) => {
      const { screen } = now.current;
      if (screen.width > 0) set(fitting(box, screen));
    },
    [set],
  );

  const zoom = useCallback(
    (factor: number) => {
      const { view, screen } = now.current;
      set(zoomed(view, factor, { x: screen.width / 2, y: screen.height / 2 }));
    },
    [set],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: fits again when the map or the screen changes
  useEffect(() => {
    const { box, screen } = now.current;
    if (!own && box && screen.width > 0) set(opening(box, screen), false);
  }, [box?.x, box?.y, box?.width, box?.height, screen.width, screen.height, own, set]);

  useEffect(() => {
    const e = element.current;
    if (!e) return;
    const size = new ResizeObserver(() => setScreen({ width: e.clientWidth, height: e.clientHeight }));
    size.observe(e);
    const stop = gestures(e, () => now.current, set, setMoving);
    return () => {
      size.disconnect();
      stop();
    };
  }, [element, set]);

  return { view, screen, moving, own, set, zoom, showAll, fit };
}

type Drag = { kind: 'pan' } | { kind: 'node'; key: string; from: Point } | { kind: 'area'; from: Point };
type Point = { x: number; y: number };

/** So far a pointer moves before it is a drag and no click. */
const STILL = 4;

function gestures(
  e: HTMLElement,
  now: () => { view: View; tools: Tools },
  set: (v: View) => void,
  moving: (m: boolean) => void,
): () => void {
  const fingers = new Map<number, Point>();
  let drag: Drag = { kind: 'pan' };
  let frame = 0;
  let next: (() => void) | undefined;
  let pending: View | undefined;
  let rest: ReturnType<typeof setTimeout> | undefined;
  const onFrame = (act: () => void) => {
    next = act;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      next?.();
      next = undefined;
      pending = undefined;
    });
  };
  const apply = (v: View) => {
    pending = v;
    moving(true);
    onFrame(() => set(v));
    clearTimeout(rest);
    rest = setTimeout(() => moving(false), 150);
  };
  const present = () => pending ?? now().view;
  const at = (p: { clientX: number; clientY: number }) => {
    const box = e.getBoundingClientRect();
    return { x: p.clientX - box.left, y: p.clientY - box.top };
  };
  const by = (from: Point, to: Point) => ({ x: (to.x - from.x) / present().k, y: (to.y - from.y) / present().k });
  const down = (p: PointerEvent) => {
    if (p.button !== 0 && p.button !== 1) return;
    const target = p.target as Element;
    if (target.closest('button, [data-still]')) return;
    const from = at(p);
    fingers.set(p.pointerId, from);
    const key = target.closest<SVGGElement>('[data-node]')?.dataset.node;
    if (fingers.size > 1) giveUp();
    else if (p.shiftKey && p.button === 0) drag = { kind: 'area', from };
    else if (key !== undefined && p.button === 0) drag = { kind: 'node', key, from };
    else drag = { kind: 'pan' };
  };
  /** A second finger, or a cancelled pointer: nothing was dragged. */
  const giveUp = () => {
    if (drag.kind === 'node') now().tools.drop(drag.key, false);
    if (drag.kind === 'area') now().tools.area(undefined);
    drag = { kind: 'pan' };
  };
  const move = (p: PointerEvent) => {
    const was = fingers.get(p.pointerId);
    if (!was) return;
    const is = at(p);
    if (fingers.size === 1) {
      if (!e.hasPointerCapture(p.pointerId)) {
        if (Math.hypot(is.x - was.x, is.y - was.y) < STILL) return;
        e.setPointerCapture(p.pointerId);
      }
      const d = drag;
      if (d.kind === 'node') onFrame(() => now().tools.drag(d.key, by(d.from, is)));
      else if (d.kind === 'area') onFrame(() => now().tools.area(between(d.from, is)));
      else {
        const v = present();
        apply({ ...v, x: v.x + is.x - was.x, y: v.y + is.y - was.y });
      }
    } else {
      const other = [...fingers].find(([id]) => id !== p.pointerId)?.[1];
      if (!other) return;
      const before = Math.hypot(was.x - other.x, was.y - other.y);
      const after = Math.hypot(is.x - other.x, is.y - other.y);
      if (before > 0) apply(zoomed(present(), after / before, { x: (is.x + other.x) / 2, y: (is.y + other.y) / 2 }));
    }
    fingers.set(p.pointerId, is);
  };
  const up = (p: PointerEvent) => {
    const known = fingers.delete(p.pointerId);
    const d = drag;
    drag = { kind: 'pan' };
    if (!known || !e.hasPointerCapture(p.pointerId)) return;
    if (d.kind === 'pan') return;
    cancelAnimationFrame(frame);
    frame = 0;
    next = undefined;
    const { tools } = now();
    if (d.kind === 'area') {
      tools.area(undefined);
      tools.choose(between(d.from, at(p)));
    } else {
      tools.drag(d.key, by(d.from, at(p)));
      tools.drop(d.key, true);
    }
  };
  const cancel = (p: PointerEvent) => {
    fingers.delete(p.pointerId);
    giveUp();
  };
  const wheel = (w: WheelEvent) => {
    w.preventDefault();
    const lines = w.deltaMode === 1 ? 16 : 1;
    apply(zoomed(present(), Math.exp(-w.deltaY * lines * STEP * (w.ctrlKey ? 6 : 1)), at(w)));
  };
  e.addEventListener('pointerdown', down);
  e.addEventListener('pointermove', move);
  e.addEventListener('pointerup', up);
  e.addEventListener('pointercancel', cancel);
  e.addEventListener('wheel', wheel, { passive: false });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(rest);
    e.removeEventListener('pointerdown', down);
    e.removeEventListener('pointermove', move);
    e.removeEventListener('pointerup', up);
    e.removeEventListener('pointercancel', cancel);
    e.removeEventListener('wheel', wheel);
  };
}

const between = (a: Point, b: Point): Box => ({
  x: Math.min(a.x, b.x),
  y: Math.min(a.y, b.y),
  width: Math.abs(a.x - b.x),
  height: Math.abs(a.y - b.y),
});
