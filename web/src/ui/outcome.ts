/** How a request went: exactly one of these. In the order in which they are shown, worst first. */
export const OUTCOMES = ['fault', 'error', 'throttle', 'ok'] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** The outcome of flags as X-Ray has them: throttle beats fault beats error. */
export function outcomeOf(flags: { throttle: boolean; fault: boolean; error: boolean }): Outcome {
  if (flags.throttle) return 'throttle';
  if (flags.fault) return 'fault';
  return flags.error ? 'error' : 'ok';
}

export const inkOf = (o: Outcome) => `var(--${o}-ink)`;
export const fillOf = (o: Outcome) => `var(--${o}-fill)`;
