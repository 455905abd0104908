/** A small line of values, with what it says for those who do not see it. */
export function Sparkline({
  values,
  label,
  width = 96,
  height = 20,
  band,
}: {
  values: readonly number[];
  label: string;
  width?: number;
  height?: number;
  band?: readonly [number, number][];
}) {
  const most = Math.max(1e-9, ...values, ...(band ?? []).map(b => b[1]));
  const x = (i: number, n: number) => (n > 1 ? (i / (n - 1)) * (width - 2) + 1 : width / 2);
  const y = (v: number) => height - 1 - (v / most) * (height - 2);
  const line = values.map((v, i) => `${x(i, values.length).toFixed(1)},${y(v).toFixed(1)}`).join(' ');
  const area = band && [
    ...band.map((b, i) => `${x(i, band.length).toFixed(1)},${y(b[1]).toFixed(1)}`),
    ...band.map((b, i) => `${x(i, band.length).toFixed(1)},${y(b[0]).toFixed(1)}`).reverse(),
  ];
  return (
    <svg width={width} height={height} role="img" aria-label={label}>
      {area && <polygon points={area.join(' ')} fill="var(--hover)" />}
      <polyline points={line} fill="none" stroke="var(--accent)" strokeWidth="1.5" strokeLinejoin="round" />
    </svg>
  );
}
