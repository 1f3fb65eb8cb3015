// Compiles assembly/*.ts to WebAssembly, without and with fused multiply-add, into src/wasm/module.generated.ts.
// `--check` writes nothing and fails if the committed file is not what the sources give.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const assembly = fileURLToPath(new URL('../assembly/', import.meta.url));
const target = fileURLToPath(new URL('../src/wasm/module.generated.ts', import.meta.url));

const text = `// Made by scripts/build-wasm.mjs from assembly/*.ts. Do not edit.
/** Baseline SIMD. */
export const simd =
  '${await compile([])}';
/** The same with relaxed SIMD: multiply and add in one rounding. */
export const relaxedSimd =
  '${await compile(['--enable', 'relaxed-simd'])}';
`;
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  process.stderr.write(
    'build-wasm: src/wasm/module.generated.ts is stale. Run node scripts/build-wasm.mjs.\n',
  );
  process.exitCode = 1;
}

async function compile(features) {
  const files = new Map();
  const { error, stderr } = await asc.main(
    [
      ...['index.ts', '--baseDir', assembly, '--outFile', 'kernels.wasm', '--runtime', 'stub', '-O3'],
      ...['--importMemory', '--noExportMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
      ...['--uncheckedBehavior', 'always', '--noAssert', '--use', 'abort=', '--enable', 'simd', ...features],
    ],
    {
      writeFile: (name, contents) => void files.set(name, contents),
      stderr: asc.createMemoryStream(),
    },
  );
  if (error) throw new Error(`build-wasm: ${stderr.toString()}`);
  const bytes = files.get('kernels.wasm');
  return Buffer.from(bytes).toString('base64');
}
