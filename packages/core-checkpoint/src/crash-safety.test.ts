import { spawn } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { open } from './open.js';
import { save, toBytes } from './save.js';
import { type FileSystem, fileTarget } from './targets/file.js';
import type { StateDict } from './tensors/named-tensor.js';

let folder: string;
beforeAll(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'crash-'));
});
afterAll(() => fs.rm(folder, { recursive: true }));

const dict = (value: number): StateDict =>
  new Map(
    Array.from({ length: 600 }, (_, i) => [
      `layer${i}`,
      { dtype: 'float32', shape: [500], data: new Float32Array(500).fill(value + i) },
    ]),
  );

/** File system calls that count themselves, and at one of them fail, or never return. */
function failingAt(fatal: number, fail: () => unknown) {
  let calls = 0;
  const step = () => {
    calls += 1;
    return calls === fatal ? fail() : undefined;
  };
  const fileSystem: FileSystem = {
    open: (async (...parameters: Parameters<typeof fs.open>) => {
      await step();
      const handle = await fs.open(...parameters);
      const { writev, sync, close } = handle;
      handle.writev = (async (chunks: Uint8Array[]) => {
        await step();
        return writev.call(handle, chunks);
      }) as typeof handle.writev;
      handle.sync = async () => {
        await step();
        return sync.call(handle);
      };
      handle.close = () => close.call(handle);
      return handle;
    }) as FileSystem['open'],
    rename: async (from, to) => {
      await step();
      return fs.rename(from, to);
    },
    unlink: fs.unlink,
  };
  return { fileSystem, calls: () => calls };
}

async function valueIn(path: string): Promise<number | bigint | undefined> {
  await using checkpoint = await open(path);
  const [first] = (await checkpoint.stateDict()).values();
  return first?.data[0];
}

describe('save', () => {
  it('leaves the old file or the new one whole, whichever call fails', async () => {
    const counting = failingAt(Number.NaN, () => undefined);
    await save(fileTarget(join(folder, 'count.pt'), counting.fileSystem), dict(0));
    expect(counting.calls()).toBeGreaterThanOrEqual(6); // open, writes, sync, rename, open and sync of the folder
    for (const code of ['ENOSPC']) {
      for (let fatal = 1; fatal <= counting.calls(); fatal++) {
        const path = join(folder, `fail-${code}-${fatal}.pt`);
        await save(path, dict(1));
        const { fileSystem } = failingAt(fatal, () => {
          throw Object.assign(new Error(code), { code });
        });
        const outcome = await save(fileTarget(path, fileSystem), dict(2)).then(
          () => 'saved',
          (error: Error) => error.message,
        );
        expect(await valueIn(path)).toBe(outcome === 'saved' ? 2 : 1);
        if (outcome !== 'saved') expect(outcome).toContain('What was there before is unchanged.');
      }
    }
    expect((await fs.readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('leaves the old file or the new one whole, killed at any write', async () => {
    const path = join(folder, 'killed.safetensors');
    const [old, fresh] = [toBytes(dict(1), 'safetensors'), toBytes(dict(2), 'safetensors')];
    await fs.writeFile(join(folder, 'fresh'), fresh);
    await fs.writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await fs.mkdir(join(folder, 'targets'));
    await Promise.all(
      ['errors', 'node-builtins', 'printable-text', 'targets/file', 'targets/leftovers'].map((name) =>
        transpile(`./${name}.ts`),
      ),
    );
    for (let fatal = 1; fatal <= 8; fatal++) {
      await fs.writeFile(path, old);
      await killedAt(fatal, path);
      const left = await fs.readFile(path);
      const renamed = fatal > 6; // open, three writes, sync, rename, open and sync of the folder
      expect(Buffer.compare(left, renamed ? fresh : old), `killed at call ${fatal}`).toBe(0);
    }
  }, 60_000);

  it('removes what killed savers left at the next save, and not what a living one is writing', async () => {
    const place = join(folder, 'leftovers');
    await fs.mkdir(place);
    const path = join(place, 'model.safetensors');
    await fs.writeFile(join(folder, 'fresh'), toBytes(dict(2), 'safetensors'));
    await killedAt(4, path);
    const [leftover] = await fs.readdir(place);
    expect(leftover).toMatch(/^\.model\.safetensors\..*\.tmp$/);
    const living = (leftover as string).replace(/-\d+-/, `-${process.pid}-`);
    const foreign = (leftover as string).replace(/\.[0-9a-f]{6}-/, '.ffffff-');
    for (const name of [living, foreign]) await fs.writeFile(join(place, name), 'being written');
    await save(path, dict(3));
    expect((await fs.readdir(place)).sort()).toEqual([living, foreign, 'model.safetensors'].sort());
    const hoursAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
    for (const name of [living, foreign]) await fs.utimes(join(place, name), hoursAgo, hoursAgo);
    await save(path, dict(4));
    expect(await fs.readdir(place)).toEqual(['model.safetensors']);
  });

  it('says with a code why it cannot write', async () => {
    const error = await save(join(folder, 'no', 'such', 'folder.pt'), dict(1)).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: 'CheckpointError', code: 'io', cause: { code: 'ENOENT' } });
  });

  it('with several savers at once, leaves what one of them wrote', async () => {
    const path = join(folder, 'contended.pt');
    await Promise.all([1, 2, 3, 4].map((value) => save(path, dict(value))));
    expect([1, 2, 3, 4]).toContain(await valueIn(path));
  });
});

/** A process that saves as `fileTarget` does, and kills itself at the nth call; a write is cut in the middle. */
async function killedAt(fatal: number, path: string): Promise<void> {
  const program = join(folder, 'saver.mjs');
  await fs.writeFile(
    program,
    `import * as fs from 'node:fs/promises';
    import { fileTarget } from './targets/file.js';
    const [path, fatal] = [process.argv[2], Number(process.argv[3])];
    let calls = 0;
    const step = async (before) => {
      if (++calls !== fatal) return;
      await before?.();
      process.kill(process.pid, 'SIGKILL');
    };
    const open = async (...parameters) => {
      await step();
      const handle = await fs.open(...parameters);
      const { writev, sync } = handle;
      handle.writev = async (chunks) => {
        await step(() => writev.call(handle, chunks.slice(0, 3)));
        return writev.call(handle, chunks);
      };
      handle.sync = async () => {
        await step();
        return sync.call(handle);
      };
      return handle;
    };
    const rename = async (...parameters) => {
      await step();
      return fs.rename(...parameters);
    };
    const bytes = await fs.readFile(new URL('./fresh', import.meta.url));
    const size = Math.ceil(bytes.length / 600);
    const chunks = () => Array.from({ length: 600 }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
    await fileTarget(path, { open, rename, unlink: fs.unlink }).write({ byteLength: bytes.length, chunks });`,
  );
  const child = spawn(process.execPath, [program, path, String(fatal)]);
  const signal = await new Promise((resolve) => child.once('exit', (_, by) => resolve(by)));
  expect(signal, `call ${fatal} was reached`).toBe('SIGKILL');
}

/** The saver's own source, as JavaScript. */
async function transpile(name: string): Promise<void> {
  const source = await fs.readFile(new URL(name, import.meta.url), 'utf8');
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const { outputText } = ts.transpileModule(source, { compilerOptions });
  await fs.writeFile(join(folder, name.replace(/ts$/, 'js')), outputText);
}
