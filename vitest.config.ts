import { defineConfig } from 'vitest/config';

const budgets = 'test/browser/budgets.test.ts';
const timeouts = { testTimeout: 60_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    globalSetup: ['test/support/build.ts'],
    reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
    // Two cores: the browser and the workers of the command line need them too.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { ...timeouts, name: 'tests', include: ['test/**/*.test.ts'], exclude: [budgets] },
      },
      // Measures milliseconds: runs alone, after everything else.
      {
        extends: true,
        test: { ...timeouts, name: 'budgets', include: [budgets], sequence: { groupOrder: 1 } },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['model/**', 'workers/**', 'analyzers/**', 'viz/**', 'cli/**'],
      exclude: ['viz/client/**', 'viz/svg/client/**'],
      reporter: ['text-summary', 'html'],
    },
  },
});
