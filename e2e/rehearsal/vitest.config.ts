import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// the release rehearsed: minutes, not seconds, so it is a command of its own, `npm run rehearse`
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    name: 'rehearsal',
    include: ['e2e/rehearsal/*.rehearsal.ts'],
    globalSetup: ['e2e/rehearsal/setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    maxConcurrency: 3,
    reporters: ['verbose'],
  },
});
