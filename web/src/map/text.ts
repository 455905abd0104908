const LINE = 21;

/** A name in at most two lines, cut in the middle when it is longer. */
export function twoLines(name: string): string[] {
  if (name.length <= LINE) return [name];
  const short = middle(name, 2 * LINE - 2);
  const cut = Math.max(...['-', '.', '/', '_', ' ', ':'].map(c => short.lastIndexOf(c, LINE - 1))) + 1;
  const at = cut > LINE / 3 && short.length - cut <= LINE + 2 ? cut : Math.ceil(short.length / 2);
  return [short.slice(0, at), short.slice(at)];
}

export function middle(name: string, most: number): string {
  if (name.length <= most) return name;
  const half = (most - 1) / 2;
  return `${name.slice(0, Math.ceil(half))}…${name.slice(name.length - Math.floor(half))}`;
}
