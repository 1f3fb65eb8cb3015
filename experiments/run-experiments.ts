import { parseArgs } from 'node:util';
import { experiments } from './catalogue.js';
import type { Output } from './experiment.js';

const help = `Usage: npm run experiments -- [name] [options]

The published experiments: tables with intervals, wins and losses alike. Without a name, the list.

Options:
  --seed N      base of every random stream (default 0)
  --quick       fewer seeds and draws: shows that it runs, proves nothing
  --out FOLDER  where the JSON result goes (default warmstart-runs/experiments)
  --json        print the result as JSON
  --help        this text`;

/** A command line that cannot be run as it is. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Call {
  name: string | undefined;
  seed: number;
  quick: boolean;
  out: string;
  json: boolean;
  help: boolean;
}

/**
 * Runs one experiment, or lists them.
 *
 * @param args - without node and script, e.g. `['few-labels', '--quick']`
 * @returns the exit code: 0 done, 1 the experiment failed, 2 wrong usage
 */
export async function runExperiments(args: readonly string[], output: Output): Promise<number> {
  try {
    const call = readCall(args);
    if (call.help) output.out(help);
    else if (call.name === undefined) for (const line of listed()) output.out(line);
    else await runOne(call.name, call, output);
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isUsage = error instanceof UsageError;
    if (args.includes('--json')) {
      output.out(JSON.stringify({ error: { code: isUsage ? 'usage' : 'failed', message } }));
    }
    output.note(`experiments: ${message}`);
    return isUsage ? 2 : 1;
  }
}

async function runOne(name: string, { seed, quick, out, json }: Call, output: Output): Promise<void> {
  const entry = experiments.find((experiment) => experiment.name === name);
  if (!entry) {
    const known = experiments.map((experiment) => experiment.name).join(', ');
    throw new UsageError(`there is no "${name}". Known: ${known}.`);
  }
  const { run } = await entry.load();
  const result = await run({ seed, quick, out, output });
  if (json) output.out(JSON.stringify(result));
}

function readCall(args: readonly string[]): Call {
  const { values, positionals } = parsed(args);
  if (positionals.length > 1) {
    throw new UsageError(`one name is expected, got ${positionals.join(', ')}.`);
  }
  if (!/^\d+$/.test(values.seed)) {
    throw new UsageError(`--seed must be a whole number, 0 or more, got ${values.seed}.`);
  }
  return { ...values, name: positionals[0], seed: Number(values.seed) };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        seed: { type: 'string', default: '0' },
        quick: { type: 'boolean', default: false },
        out: { type: 'string', default: 'warmstart-runs/experiments' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function listed(): string[] {
  const width = Math.max(...experiments.map(({ name }) => name.length));
  return experiments.map(({ name, summary }) => `${name.padEnd(width)}  ${summary}`);
}
