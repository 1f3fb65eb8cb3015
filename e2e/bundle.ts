import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

/** What a page pays for one use of a package. TensorFlow.js and optional peers are left out: the page has them. */
export interface Bundle {
  /** Minified code that is loaded at once. */
  code: string;
  /** Its size, minified and gzipped. */
  gzipBytes: number;
  /** Names of chunks that are loaded only when something asks for them. */
  lazyChunks: string[];
}

/** Bundles `import { names } from specifier` for a browser, minified, in a project where the package is installed. */
export async function bundleOf(
  project: string,
  specifier: string,
  names: readonly string[],
): Promise<Bundle> {
  const statement =
    names.length > 0 ? `export { ${names.join(', ')} } from '${specifier}';` : `import '${specifier}';`;
  const own = mkdtempSync(join(project, 'bundle-'));
  writeFileSync(join(own, 'entry.js'), statement);
  try {
    const built = await build({
      root: own,
      configFile: false,
      logLevel: 'silent',
      build: {
        target: 'es2022',
        minify: true,
        modulePreload: false,
        write: false,
        rolldownOptions: {
          input: join(own, 'entry.js'),
          preserveEntrySignatures: 'strict',
          external: [/^@tensorflow\//, 'onnxruntime-node', 'h5wasm', 'sharp'],
        },
      },
    });
    const [result] = Array.isArray(built) ? built : [built];
    const chunks = result && 'output' in result ? result.output.filter(({ type }) => type === 'chunk') : [];
    return measured(chunks as Chunk[]);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

interface Chunk {
  code: string;
  fileName: string;
  isEntry: boolean;
  imports: string[];
}

/** Adds up the entry and what it imports statically. */
function measured(chunks: readonly Chunk[]): Bundle {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const eager = new Set<string>();
  const visit = (name: string): void => {
    const chunk = byName.get(name);
    if (!chunk || eager.has(name)) return;
    eager.add(name);
    chunk.imports.forEach(visit);
  };
  for (const { fileName, isEntry } of chunks) if (isEntry) visit(fileName);
  const code = [...eager].map((name) => byName.get(name)?.code ?? '').join('\n');
  return {
    code,
    gzipBytes: gzipSync(code).length,
    lazyChunks: chunks.map(({ fileName }) => fileName).filter((name) => !eager.has(name)),
  };
}
