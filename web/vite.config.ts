import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import optimizeLocales from '@react-aria/optimize-locales-plugin';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** The languages of the console, for the components that bring their own words. */
const locales = ['en-US', 'ja-JP'];

/**
 * Leaves only compressed copies in the output: embed.go serves them as they are and unpacks
 * for the rare client that accepts neither encoding. The start page stays plain, it is edited
 * for each answer.
 */
function precompress(): Plugin {
  const walk = (dir: string): string[] =>
    readdirSync(dir).flatMap(name => {
      const path = join(dir, name);
      return statSync(path).isDirectory() ? walk(path) : [path];
    });
  return {
    name: 'precompress',
    apply: 'build',
    closeBundle() {
      mkdirSync('dist', { recursive: true });
      writeFileSync('dist/.gitkeep', '');
      for (const path of walk('dist')) {
        if (!/\.(js|css|svg)$/.test(path)) continue;
        const data = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(data, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
        rmSync(path);
      }
    },
  };
}

export default defineConfig({
  base: './',
  plugins: [{ ...optimizeLocales.vite({ locales }), enforce: 'pre' }, react(), precompress()],
  build: {
    target: 'es2022',
    outDir: 'dist',
    assetsDir: 'assets',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  worker: { format: 'es' },
  server: {
    // The service behind the development server: RADIOGRAPH_ENDPOINT, as for the command line.
    proxy: Object.fromEntries(
      ['^/[A-Z][A-Za-z]+$', '^/console/v1/', '^/metrics$'].map(path => [
        path,
        process.env.RADIOGRAPH_ENDPOINT ?? 'http://127.0.0.1:2080',
      ]),
    ),
  },
  test: {
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx'],
    environment: 'node',
  },
});
