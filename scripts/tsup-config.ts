import type { Options } from 'tsup';

/**
 * The one way a Warmstart package is built: ESM, one file per public entry.
 * Declarations come from `tsc -p tsconfig.types.json`, file by file: sources import with extensions,
 * so what tsc writes is valid under NodeNext as it stands.
 */
export function packageBuild(entry: Record<string, string> = { index: 'src/index.ts' }): Options {
  return {
    entry,
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    treeshake: true,
    splitting: true,
    sourcemap: true,
    dts: false,
  };
}
