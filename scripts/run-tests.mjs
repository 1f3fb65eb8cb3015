// Runs every test and ends with the plain line `N passed, N failed`: first what reads sources (Node and a real
// browser), which starts at once, then what installs packed packages. With arguments, one run of vitest with them:
// `npm test -- --project node packages/nn`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const given = process.argv.slice(2);
const runs =
  given.length > 0
    ? [given]
    : [
        ['--project', 'node', '--project', 'browser'],
        ['--project', 'e2e'],
      ];

const total = { passed: 0, failed: 0, skipped: 0 };
for (const [index, args] of runs.entries()) {
  const { passed, failed, skipped } = runVitest(args, index);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}
const { passed, failed, skipped } = total;
process.stdout.write(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`);
process.exit(failed > 0 ? 1 : 0);

function runVitest(args, index) {
  // two of these may run side by side
  const report = join(root, '.cache', `test-report-${process.pid}-${index}.json`);
  mkdirSync(join(root, '.cache'), { recursive: true });
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const command = [vitest, 'run', '--passWithNoTests=false', ...reporters, ...args];
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  rmSync(report);
  // a file that could not be loaded fails the run although none of its tests failed
  return {
    passed: numPassedTests,
    failed: status === 0 ? numFailedTests : Math.max(1, numFailedTests),
    skipped: numPendingTests + numTodoTests,
  };
}
