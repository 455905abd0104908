import { defineConfig } from 'vitest/config';

// Each file starts a server and a browser of its own; one after the other, for small machines.
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.spec.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
