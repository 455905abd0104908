import type { MapGraph, MapNode } from './model';

/** The map as a Mermaid flowchart. */
export function mermaid(
  graph: MapGraph,
  label: (perMinute: number) => string,
  name: (n: MapNode) => string = n => n.id.name,
): string {
  const ids = new Map(graph.nodes.map((n, i) => [n.key, `n${i}`]));
  const quoted = (s: string) => `"${s.replace(/"/g, '#quot;').replace(/[\r\n]+/g, ' ')}"`;
  const lines = ['flowchart LR'];
  for (const n of graph.nodes) {
    const text = quoted(n.id.type && !n.client ? `${name(n)}<br/>${n.id.type}` : name(n));
    const id = ids.get(n.key);
    lines.push(n.client ? `  ${id}[${text}]` : `  ${id}(${text})`);
  }
  for (const e of graph.edges) {
    const [from, to] = [ids.get(e.from), ids.get(e.to)];
    lines.push(e.link ? `  ${from} -.-> ${to}` : `  ${from} -->|${quoted(label(e.perMinute))}| ${to}`);
  }
  return `${lines.join('\n')}\n`;
}

const PAINT = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'opacity',
  'font-size',
  'font-weight',
  'font-family',
  'text-anchor',
  'dominant-baseline',
  'paint-order',
  'stroke-linejoin',
  'display',
];

/** A copy of a drawing that needs no style sheet: what is computed is written into it. */
export function standalone(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const from = [svg, ...svg.querySelectorAll('*')];
  const to = [copy, ...copy.querySelectorAll('*')];
  from.forEach((element, i) => {
    const style = getComputedStyle(element);
    const target = to[i];
    if (!target) return;
    for (const name of PAINT) {
      const value = style.getPropertyValue(name);
      if (value) target.setAttribute(name, value);
    }
    for (const name of ['class', 'style', 'tabindex', 'role', 'aria-label', 'aria-pressed'])
      target.removeAttribute(name);
  });
  for (const e of copy.querySelectorAll('[data-screen]')) e.remove();
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  const box = svg.viewBox.baseVal;
  copy.setAttribute('width', String(box.width));
  copy.setAttribute('height', String(box.height));
  const page = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const [name, value] of Object.entries({ x: box.x, y: box.y, width: box.width, height: box.height }))
    page.setAttribute(name, String(value));
  page.setAttribute('fill', getComputedStyle(document.documentElement).getPropertyValue('--page').trim());
  copy.prepend(page);
  return new XMLSerializer().serializeToString(copy);
}

const LARGEST = 8000;

/** The drawing as pixels, twice as fine as on the screen unless that gets too large. */
export async function png(svg: SVGSVGElement): Promise<Blob> {
  const { width, height } = svg.viewBox.baseVal;
  const scale = Math.min(2, LARGEST / Math.max(width, height));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(svg))}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(width * scale);
  canvas.height = Math.ceil(height * scale);
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) =>
    canvas.toBlob(blob => (blob ? done(blob) : fail(new Error('no picture'))), 'image/png'),
  );
}
