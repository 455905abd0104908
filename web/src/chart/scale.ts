/** Maps values to shares of a length, 0 to 1, and back. */
export interface Scale {
  share(value: number): number;
  value(share: number): number;
}

export function linear(from: number, to: number): Scale {
  const length = to - from || 1;
  return { share: v => (v - from) / length, value: s => from + s * length };
}

/** Logarithmic; both ends are above zero. Values below the start are at the start. */
export function log(from: number, to: number): Scale {
  const base = Math.log(from);
  const length = Math.log(to) - base || 1;
  return { share: v => (v <= from ? 0 : (Math.log(v) - base) / length), value: s => Math.exp(base + s * length) };
}

/** The smallest of 1, 2, 5 times a power of ten that divides the length into at most count parts. */
export function niceStep(length: number, count: number): number {
  if (!(length > 0)) return 1;
  const raw = length / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  for (const n of [1, 2, 5]) if (n * power >= raw * (1 - 1e-9)) return n * power;
  return 10 * power;
}

/** Round values from zero to at least max, for an axis of counts. */
export function countTicks(max: number, count: number): number[] {
  const step = Math.max(1, niceStep(max, count));
  const ticks = [];
  for (let v = 0; v < max + step; v += step) ticks.push(v);
  return ticks;
}

/** Round values in a range. On a logarithmic axis 1, 2, 5 of each decade, or the decades alone when those are too many. */
export function valueTicks(from: number, to: number, count: number, logarithmic: boolean): number[] {
  if (!logarithmic) {
    const step = niceStep(to - from, count);
    const ticks = [];
    for (let i = Math.ceil(from / step - 1e-9); i * step <= to * (1 + 1e-9); i++) ticks.push(i * step);
    return ticks;
  }
  const decades = (steps: number[]) => {
    const ticks = [];
    for (let e = Math.floor(Math.log10(from)); e <= Math.ceil(Math.log10(to)); e++) {
      for (const n of steps) {
        const v = n * 10 ** e;
        if (v >= from * (1 - 1e-9) && v <= to * (1 + 1e-9)) ticks.push(v);
      }
    }
    return ticks;
  };
  const fine = decades([1, 2, 5]);
  return fine.length <= count ? fine : decades([1]);
}
