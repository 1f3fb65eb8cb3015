/** A module of Node's own, or undefined in a browser. Not an import, so no bundle for browsers asks for it. */
export function nodeBuiltin<Name extends keyof NodeBuiltins>(name: Name): NodeBuiltins[Name] | undefined {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return host.process?.getBuiltinModule?.(name) as NodeBuiltins[Name] | undefined; // Node gives what it is asked for
}

interface NodeBuiltins {
  'node:module': typeof import('node:module');
  'node:fs': typeof import('node:fs');
  'node:fs/promises': typeof import('node:fs/promises');
  'node:path': typeof import('node:path');
  'node:stream': typeof import('node:stream');
  'node:zlib': typeof import('node:zlib');
}

/** @throws TypeError in a browser */
export function requireNode<Name extends keyof NodeBuiltins>(name: Name, caller: string): NodeBuiltins[Name] {
  const found = nodeBuiltin(name);
  if (found !== undefined) return found;
  throw new TypeError(
    `${caller}: paths are for Node. Pass a File, a Blob or blobFiles(input.files) in a browser.`,
  );
}

/** A package that is installed beside this one, in Node; undefined where it is not, and in a browser. */
export function installedPackage(name: string): unknown {
  const createRequire = nodeBuiltin('node:module')?.createRequire;
  if (createRequire === undefined) return undefined;
  try {
    return createRequire(import.meta.url)(name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
