import { availableParallelism } from 'node:os';
import { playwright } from '@vitest/browser-playwright';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { chromiumArguments, chromiumPath } from './e2e/chromium.js';

const source = '@warmstart/source'; // tests read src/, not dist/: nothing is built before them
const conditions = {
  resolve: { conditions: [source, ...defaultClientConditions] },
  ssr: { resolve: { conditions: [source, ...defaultServerConditions] } },
};

/** Tests that `scripts/verify.mjs` leaves to CI. */
const leftOut = process.env.WARMSTART_LEFT_OUT?.split(',') ?? [];

export default defineConfig({
  test: {
    // vitest leaves a core to its own process, which hardly uses it: on two cores, half of the machine would idle
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        ...conditions,
        test: {
          name: 'node',
          include: [
            '{packages,apps}/*/src/**/*.test.ts',
            '{examples,experiments}/**/*.test.ts',
            'scripts/*.test.ts',
          ],
          exclude: ['**/*.browser.test.ts', '**/node_modules/**', ...leftOut],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...conditions,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          globalSetup: ['e2e/packed-packages.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        ...conditions,
        server: {
          headers: {
            'Cross-Origin-Opener-Policy': 'same-origin',
            'Cross-Origin-Embedder-Policy': 'require-corp',
          },
        },
        optimizeDeps: {
          include: [
            '@tensorflow/tfjs',
            '@tensorflow/tfjs-core',
            '@tensorflow/tfjs-backend-cpu',
            '@tensorflow/tfjs-backend-wasm',
            '@tensorflow/tfjs-backend-webgpu',
            'fast-check',
          ],
        },
        test: {
          name: 'browser',
          include: ['{packages,apps}/*/src/**/*.browser.test.ts'],
          testTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: await chromiumPath(),
                args: chromiumArguments,
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
