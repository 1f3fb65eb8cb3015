import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Where and with what a command runs. */
export interface Surroundings {
  cwd: string;
  env?: Readonly<Record<string, string>>;
  timeoutMs?: number;
}

/**
 * Runs a command, shell operators not understood.
 *
 * @returns its standard output
 * @throws {Error} with everything it said, if it fails
 */
export async function command(
  words: readonly string[],
  { cwd, env = {}, timeoutMs = 600_000 }: Surroundings,
): Promise<string> {
  const [program = '', ...rest] = words;
  const options = { cwd, env: { ...withoutNpm(), ...env }, timeout: timeoutMs, maxBuffer: 1 << 28 };
  try {
    return (await promisify(execFile)(program, rest, options)).stdout;
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${words.join(' ')} failed in ${cwd}: ${message.split('\n')[0]}\n${stdout}${stderr}`);
  }
}

/** The environment without what `npm run` put into it: a consumer starts from a bare shell. */
function withoutNpm(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_|^pnpm_|^INIT_CWD$|^VITEST|^NODE_ENV$/i.test(name)),
  );
}
