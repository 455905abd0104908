import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Tokens = Record<string, string>;

const css = readFileSync('src/theme/tokens.css', 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');

function block(selector: string): Tokens {
  const start = css.indexOf(`${selector} {`);
  const body = css.slice(css.indexOf('{', start) + 1, css.indexOf('}', start));
  return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(m => [m[1], m[2]]));
}

const light = block(':root');
const themes: Record<string, Tokens> = {
  light,
  dark: { ...light, ...block(':root[data-theme="dark"]') },
  'contrast-light': { ...light, ...block(':root[data-theme="contrast-light"]') },
  'contrast-dark': { ...light, ...block(':root[data-theme="contrast-dark"]') },
};

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map(i => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const inks = ['text', 'muted', 'accent', 'ok-ink', 'error-ink', 'throttle-ink', 'fault-ink'];
const shapes = ['ok-fill', 'error-fill', 'throttle-fill', 'fault-fill', 'unknown-fill', 'control', 'critical'];
const services = Array.from({ length: 10 }, (_, i) => `service-${i}`);

describe.each(Object.entries(themes))('%s', (name, tokens) => {
  const get = (token: string) => {
    const value = tokens[token];
    if (!value) throw new Error(`no token --${token}`);
    return value;
  };
  const text = name.startsWith('contrast') ? 7 : 4.5;

  it.each(inks)('%s is readable on every ground', ink => {
    for (const ground of ['page', 'surface', 'hover', 'selected']) {
      expect(contrast(get(ink), get(ground)), `on ${ground}`).toBeGreaterThanOrEqual(text);
    }
  });

  it.each([...shapes, ...services])('%s can be seen on page and surface', fill => {
    for (const ground of ['page', 'surface']) {
      expect(contrast(get(fill), get(ground)), `on ${ground}`).toBeGreaterThanOrEqual(3);
    }
  });

  it('has readable text on the accent', () => {
    expect(contrast(get('on-accent'), get('accent'))).toBeGreaterThanOrEqual(text);
  });
});
