import { fillOf, OUTCOMES } from '../ui/outcome';
import { type Counts, total } from './bins';

const LEAST = 5; // degrees of a share that is not zero

/** The arcs of a ring, clockwise from twelve: start and end in degrees. Small shares keep five degrees. */
export function arcs(counts: Counts): { outcome: (typeof OUTCOMES)[number]; from: number; to: number }[] {
  const all = total(counts);
  if (all === 0) return [];
  const present = OUTCOMES.filter(o => counts[o] > 0);
  const raw = present.map(o => (counts[o] / all) * 360);
  const widened = raw.map(a => Math.max(a, LEAST));
  const extra = widened.reduce((sum, a) => sum + a, 0) - 360;
  const spare = widened.reduce((sum, a) => sum + (a > LEAST ? a - LEAST : 0), 0);
  let at = 0;
  return present.map((outcome, i) => {
    const a = widened[i] ?? 0;
    const size = a > LEAST && spare > 0 ? a - (extra * (a - LEAST)) / spare : a;
    const arc = { outcome, from: at, to: at + size };
    at += size;
    return arc;
  });
}

function point(r: number, degrees: number): string {
  const a = ((degrees - 90) * Math.PI) / 180;
  return `${(r * Math.cos(a)).toFixed(2)} ${(r * Math.sin(a)).toFixed(2)}`;
}

/** A ring of outcomes around the origin, as SVG; place it with a transform. Without counts it is dashed. */
export function Ring({ counts, r, width = 6 }: { counts: Counts; r: number; width?: number }) {
  const parts = arcs(counts);
  if (parts.length === 0) {
    return <circle r={r} fill="none" stroke="var(--unknown-fill)" strokeWidth={1.5} strokeDasharray="4 3" />;
  }
  const [only] = parts;
  if (parts.length === 1 && only) return <circle r={r} fill="none" stroke={fillOf(only.outcome)} strokeWidth={width} />;
  return (
    <g fill="none" strokeWidth={width}>
      {parts.map(a => (
        <path
          key={a.outcome}
          stroke={fillOf(a.outcome)}
          d={`M${point(r, a.from)}A${r} ${r} 0 ${a.to - a.from > 180 ? 1 : 0} 1 ${point(r, a.to)}`}
        />
      ))}
    </g>
  );
}
