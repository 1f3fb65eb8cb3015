import { createRequire } from 'node:module';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.js';
import { version } from '../version.js';

/** One thing that was looked at. */
interface Finding {
  name: string;
  state: 'ok' | 'slower' | 'missing';
  found: string;
  /** What to do, where something can be done. */
  advice?: string;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .option('--json', 'print the findings as JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const findings = [
        nodeFinding(),
        ...(await engineFindings()),
        ...memoryFindings(),
        ...(await optionalPackages()).map((each) => optionalFinding(each, installedVersion(each.name))),
      ];
      if (json) terminal.out(JSON.stringify({ warmstart: version, findings }));
      else for (const finding of findings) terminal.out(findingText(finding));
    });
}

function nodeFinding(): Finding {
  const found = `${process.version} on ${process.platform}-${process.arch}`;
  if (Number(process.versions.node.split('.')[0]) >= 24) return { name: 'Node', state: 'ok', found };
  const advice = 'Node 24 runs the same kernels up to a third faster.';
  return { name: 'Node', state: 'slower', found, advice };
}

/** What `--backend auto` takes here, and why it passes the others over. */
async function engineFindings(): Promise<Finding[]> {
  const { startEngine } = await import('../engine.js');
  const { backend, summary, passedOver } = await startEngine('auto');
  const others = passedOver.map(
    ({ backend: name, reason }): Finding => ({ name: `backend ${name}`, state: 'missing', found: reason }),
  );
  return [
    ...others,
    { name: 'engine', state: 'ok', found: `${backend} with Warmstart's kernels: ${summary}` },
  ];
}

function memoryFindings(): Finding[] {
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return [
    { name: 'cores', state: 'ok', found: `${availableParallelism()}, a worker each` },
    { name: 'memory', state: 'ok', found: `${gigabytes(freemem())} free of ${gigabytes(totalmem())}` },
  ];
}

/** A package that is used where it is installed, and what for. */
interface Optional {
  name: string;
  /** The only version that is used, where there is only one. */
  version?: string;
  purpose: string;
}

async function optionalPackages(): Promise<Optional[]> {
  const { ONNX_RUNTIME_VERSION } = await import('@warmstart/compile');
  return [
    {
      name: 'onnxruntime-node',
      version: ONNX_RUNTIME_VERSION,
      purpose: 'training steps at native speed (@warmstart/compile)',
    },
    { name: 'webgpu', purpose: 'WebGPU in Node (@warmstart/kernels)' },
    { name: 'sharp', purpose: 'decoding JPEG and PNG (@warmstart/datasets)' },
    { name: 'bullmq', purpose: 'scouts on many machines (@warmstart/scale-bullmq)' },
  ];
}

/** @param installed - the version that is there, if one is */
export function optionalFinding(
  { name, version: wanted, purpose }: Optional,
  installed: string | undefined,
): Finding {
  if (installed !== undefined && (wanted === undefined || wanted === installed)) {
    return { name, state: 'ok', found: `${installed}: ${purpose}` };
  }
  const found = installed === undefined ? 'not installed' : `${installed} is not used`;
  // an install script that only fetches CUDA files would make the advice fail where it cannot
  const advice = `npm install ${wanted ? `--ignore-scripts ${name}@${wanted}` : name}`;
  return { name, state: 'missing', found: `${found}: ${purpose}`, advice };
}

/** Looked for from this program and from the folder it was called in, like any import of the user's. */
function installedVersion(name: string): string | undefined {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(from)(`${name}/package.json`).version;
    } catch {
      // not reachable from here; the caller says so if it is reachable from nowhere
    }
  }
  return undefined;
}

function findingText({ name, state, found, advice }: Finding): string {
  const mark = { ok: '✓', slower: '○', missing: '–' }[state];
  return `${mark} ${name.padEnd(17)} ${found}${advice === undefined ? '' : `\n  ${''.padEnd(17)} ${advice}`}`;
}
