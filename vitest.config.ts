import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two cores: the browser and the workers of the command line need them too.
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      include: ['model/**', 'workers/**', 'analyzers/**', 'viz/**', 'cli/**'],
      exclude: ['viz/client/**', 'viz/svg/client/**'],
      reporter: ['text-summary', 'html'],
    },
  },
});
