import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { cli: 'cli.ts' },
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  splitting: true,
  sourcemap: true,
});
