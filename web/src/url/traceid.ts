/** Reads a trace id in X-Ray's spelling or W3C's 32 digits and returns X-Ray's; undefined for other text. */
export function parseTraceId(text: string): string | undefined {
  const t = text.trim().toLowerCase();
  if (/^1-[0-9a-f]{8}-[0-9a-f]{24}$/.test(t)) return t;
  if (/^[0-9a-f]{32}$/.test(t)) return `1-${t.slice(0, 8)}-${t.slice(8)}`;
  const header =
    /(?:^|root=)(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/.exec(t) ?? /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(t);
  return header?.[1] ? parseTraceId(header[1]) : undefined;
}

/** W3C's spelling of an id in X-Ray's. */
export function w3cTraceId(id: string): string {
  return id.replace(/^1-/, '').replace('-', '');
}
