// Packs every public package and looks at what npm would receive: publint, strict, and are-the-types-wrong for ESM, in one
// process, so that the compiler is loaded once. With paths of tarballs, those are looked at instead.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packPublic } from './packed.mjs';
import { root } from './workspace.mjs';

/** How CommonJS and the resolution of Node 10 would see an ESM package: as are-the-types-wrong's profile `esm-only`. */
const resolutionsLeftOut = ['node10', 'node16-cjs'];

const given = process.argv.slice(2);
const tarballs =
  given.length > 0 ? given : packPublic(join(root, '.cache', 'lint-packages')).map(({ tarball }) => tarball);
const problems = [];
for (const tarball of tarballs) {
  const bytes = readFileSync(tarball);
  const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: whole }, strict: true });
  problems.push(...messages.map((message) => `${pkg.name}: publint: ${formatMessage(message, pkg)}`));
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(whole)));
  // a command line is not imported
  if (!result.types) {
    if (pkg.exports) problems.push(`${pkg.name}: attw: ${basename(tarball)} has no types`);
    continue;
  }
  const seen = result.problems.filter(({ resolutionKind }) => !resolutionsLeftOut.includes(resolutionKind));
  problems.push(...seen.map((problem) => `${pkg.name}: attw: ${JSON.stringify(problem)}`));
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exit(1);
process.stdout.write(`${tarballs.length} packages resolve everywhere\n`);
