// Reads what segment documents say. They come from anybody: nothing about their members is sure.

export type Members = Readonly<Record<string, unknown>>;

export function members(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export function say(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Members of members as lines: ecs.container_id, and so on. */
export function flat(value: Members | undefined, prefix = ''): [string, string][] {
  return Object.entries(value ?? {}).flatMap(([name, v]): [string, string][] => {
    const inner = members(v);
    return inner ? flat(inner, `${prefix}${name}.`) : [[prefix + name, say(v)]];
  });
}

export interface StackFrame {
  path: string;
  line: string;
  label: string;
  /** False for what looks like a library's or the language's own code. */
  own: boolean;
}

export interface Exception {
  id: string;
  type: string;
  message: string;
  remote: boolean;
  truncated: number;
  skipped: number;
  cause: string;
  stack: StackFrame[];
}

export interface Cause {
  workingDirectory: string;
  exceptions: Exception[];
  /** The id of an exception of another row. */
  reference: string;
}

const FOREIGN =
  /(^|\/)(node_modules|site-packages|dist-packages|vendor|gems|\.m2|\.cargo)\/|^node:|^(internal|java|javax|jdk|sun|com\/sun|org\/springframework|org\/apache|kotlin)[/.]|\/(usr\/lib|usr\/local\/go|lib\/python)/;

/** The exceptions of a document, the outermost first, each followed by what caused it. */
export function causeOf(document: Members): Cause | undefined {
  const cause = document.cause;
  if (typeof cause === 'string') return { workingDirectory: '', exceptions: [], reference: cause };
  const c = members(cause);
  if (!c) return undefined;
  const exceptions = listOf(c.exceptions).flatMap(e => {
    const m = members(e);
    return m ? [exceptionOf(m)] : [];
  });
  const caused = new Set(exceptions.map(e => e.cause).filter(Boolean));
  const byId = new Map(exceptions.map(e => [e.id, e]));
  const ordered = new Set<Exception>();
  for (const e of exceptions.filter(x => !caused.has(x.id))) {
    for (let at: Exception | undefined = e; at && !ordered.has(at); at = byId.get(at.cause)) ordered.add(at);
  }
  for (const e of exceptions) ordered.add(e);
  return { workingDirectory: say(c.working_directory), exceptions: [...ordered], reference: '' };
}

function exceptionOf(m: Members): Exception {
  return {
    id: say(m.id),
    type: say(m.type),
    message: say(m.message),
    remote: m.remote === true,
    truncated: Number(m.truncated) || 0,
    skipped: Number(m.skipped) || 0,
    cause: say(m.cause),
    stack: listOf(m.stack).map(f => {
      const frame = members(f) ?? {};
      const path = say(frame.path);
      return { path, line: say(frame.line), label: say(frame.label), own: path !== '' && !FOREIGN.test(path) };
    }),
  };
}

/** An exception as people paste it. */
export function stackText(e: Exception): string {
  return [
    `${e.type}: ${e.message}`,
    ...e.stack.map(f => `    at ${f.label || '?'} (${f.path}${f.line ? `:${f.line}` : ''})`),
  ].join('\n');
}

const CLAUSES =
  /\s+\b(FROM|WHERE|AND|OR|(?:LEFT |RIGHT |INNER |OUTER |FULL |CROSS )?(?:OUTER )?JOIN|GROUP BY|ORDER BY|HAVING|LIMIT|OFFSET|VALUES|SET|UNION(?: ALL)?|RETURNING|ON CONFLICT)\b/gi;

/** Breaks a statement before its clauses, outside of quotes; one that has lines already stays as it is. */
export function formatSql(sql: string): string {
  if (sql.includes('\n')) return sql;
  return sql
    .split(/('(?:[^']|'')*'|"(?:[^"]|"")*")/)
    .map((piece, i) =>
      i % 2 === 1
        ? piece
        : piece.replace(CLAUSES, (_, clause: string) => `\n${/^(and|or)$/i.test(clause) ? '  ' : ''}${clause}`),
    )
    .join('');
}
