// Import circles within one workspace: files that import each other, directly or on a detour, types included.
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { importsOf, root } from './workspace.mjs';

/** @returns {string[][]} one list for each knot of files that reach each other, tests left out by the caller */
export function importCircles(files) {
  const known = new Set(files);
  const imports = new Map(files.map((file) => [file, importedFiles(file, known)]));
  return knotsOf(imports).filter((knot) => knot.length > 1 || imports.get(knot[0]).includes(knot[0]));
}

/** The files of this workspace that a file imports: `./open.js` is `open.ts` or `open.tsx`. */
export function importedFiles(file, known) {
  const specifiers = importsOf(readFileSync(join(root, file), 'utf8')).filter((name) => name.startsWith('.'));
  return specifiers.flatMap((specifier) => {
    const path = normalize(join(dirname(file), specifier)).replaceAll('\\', '/');
    const candidates = [path, path.replace(/\.js$/, '.ts'), path.replace(/\.js$/, '.tsx')];
    return candidates.filter((candidate) => known.has(candidate)).slice(0, 1);
  });
}

/** Strongly connected parts of a graph, by Tarjan 1972. */
function knotsOf(graph) {
  const order = new Map();
  const lowest = new Map();
  const open = [];
  const knots = [];
  const visit = (node) => {
    order.set(node, order.size);
    lowest.set(node, order.get(node));
    open.push(node);
    for (const next of graph.get(node)) {
      if (!order.has(next)) visit(next);
      if (open.includes(next)) lowest.set(node, Math.min(lowest.get(node), lowest.get(next)));
    }
    if (lowest.get(node) === order.get(node)) knots.push(open.splice(open.indexOf(node)));
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return knots;
}
