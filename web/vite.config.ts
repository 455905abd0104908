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
        if (!/\.(js|css|svg|json)$/.test(path)) continue;
        const data = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(data, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
        rmSync(path);
      }
    },
  };
}

/** Writes into the start page which files each page needs, for public/boot.js. */
function chunksOfPages(): Plugin {
  return {
    name: 'chunks-of-pages',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter(c => c.type === 'chunk');
        const byFile = new Map(chunks.map(c => [c.fileName, c]));
        // What the start page loads anyway.
        const all = new Set(chunks.filter(c => c.isEntry).flatMap(c => [c.fileName, ...c.imports]));
        const pages = chunks.flatMap(chunk => {
          const name = /\/src\/pages\/(\w+)\/index\.tsx$/.exec(chunk.facadeModuleId ?? '')?.[1];
          if (!name) return [];
          const files = [chunk.fileName, ...chunk.imports].filter(f => !all.has(f));
          const css = files.flatMap(f => [...(byFile.get(f)?.viteMetadata?.importedCss ?? [])]);
          return [[name, ...files, ...css].join(' ')];
        });
        return html.replace('name="chunks" content=""', `name="chunks" content="${pages.join(';')}"`);
      },
    },
  };
}

/**
 * Files that are loaded together are one: a first visit has some ten requests and not forty. The editor, the calendar and
 * the grammar come later, and are on their own.
 */
const groups = [
  {
    name: 'console',
    test: (id: string) =>
      /\/src\/(app|api|i18n|login|time|ui|url)\//.test(id) && !/Calendar|Table|Tabs|Dialog|Sheet/.test(id),
  },
  {
    name: 'parts',
    test: (id: string) =>
      /\/src\/(chart\/|ui\/(Table|Tabs)|query\/(FilterBox|Refiners|facets|terms|messages))/.test(id),
  },
];

export default defineConfig({
  base: './',
  plugins: [{ ...optimizeLocales.vite({ locales }), enforce: 'pre' }, react(), chunksOfPages(), precompress()],
  build: {
    target: 'es2022',
    outDir: 'dist',
    assetsDir: 'assets',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // All styles are smaller than the requests for those of each page would be.
    cssCodeSplit: false,
    rolldownOptions: { output: { codeSplitting: { groups } } },
    reportCompressedSize: true,
    // What the bundled packages are and under which terms, for the people who load them and for tools/release.
    license: { fileName: 'licenses.json' },
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
