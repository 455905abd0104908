/** One line of folded JSON. */
export interface JsonLine {
  /** From 1, as if nothing were folded. */
  number: number;
  depth: number;
  /** The member's name, or undefined in lists. */
  key: string | undefined;
  text: string;
  kind: 'open' | 'close' | 'string' | 'number' | 'word';
  /** Where it is: Segments[0].name. */
  path: string;
  /** Of an opening line: how many lines the whole has, itself included. */
  lines: number;
  /** Of an opening line: how many members it has. */
  size: number;
  comma: boolean;
}

/** Writes a value as lines, as JSON.stringify with two spaces would. */
export function linesOf(value: unknown, path = ''): JsonLine[] {
  const lines: JsonLine[] = [];
  const add = (line: Omit<JsonLine, 'number'>) => lines.push({ ...line, number: lines.length + 1 });
  const write = (v: unknown, key: string | undefined, path: string, depth: number, comma: boolean) => {
    if (v === null || typeof v !== 'object') {
      const kind = typeof v === 'string' ? 'string' : typeof v === 'number' ? 'number' : 'word';
      add({ depth, key, text: JSON.stringify(v) ?? 'null', kind, path, lines: 1, size: 0, comma });
      return;
    }
    const array = Array.isArray(v);
    const members = Object.entries(v);
    const [open, close] = array ? ['[', ']'] : ['{', '}'];
    if (members.length === 0) {
      add({ depth, key, text: open + close, kind: 'word', path, lines: 1, size: 0, comma });
      return;
    }
    const first = lines.length;
    add({ depth, key, text: open, kind: 'open', path, lines: 1, size: members.length, comma: false });
    members.forEach(([name, member], i) => {
      const at = array ? `${path}[${name}]` : memberPath(path, name);
      write(member, array ? undefined : name, at, depth + 1, i < members.length - 1);
    });
    add({ depth, key: undefined, text: close, kind: 'close', path, lines: 1, size: 0, comma });
    const opening = lines[first];
    if (opening) opening.lines = lines.length - first;
  };
  write(value, undefined, path, 0, false);
  return lines;
}

function memberPath(path: string, name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}

/** The lines that show when those of the given numbers are folded. */
export function unfolded(lines: readonly JsonLine[], folded: ReadonlySet<number>): JsonLine[] {
  const shown: JsonLine[] = [];
  for (let i = 0; i < lines.length; ) {
    const line = lines[i] as JsonLine;
    shown.push(line);
    i += line.kind === 'open' && folded.has(line.number) ? line.lines : 1;
  }
  return shown;
}

/** Numbers of lines whose name or value has the text. */
export function found(lines: readonly JsonLine[], text: string): JsonLine[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [];
  return lines.filter(
    l => l.key?.toLowerCase().includes(wanted) || (l.kind !== 'close' && l.text.toLowerCase().includes(wanted)),
  );
}
