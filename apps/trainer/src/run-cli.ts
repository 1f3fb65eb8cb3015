import { Command, CommanderError } from 'commander';
import { commands } from './commands.js';
import { AlreadyReported, failureReport, failureText, UsageError } from './terminal/failure.js';
import type { Terminal } from './terminal/terminal.js';
import { version } from './version.js';

/**
 * Runs one command line.
 *
 * @param args - without node and script, e.g. `['inspect', 'model.pt', '--json']`
 * @returns the exit code: 0 done, 1 the input or the work failed, 2 wrong usage
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const json = args.includes('--json');
  try {
    const program = await buildProgram(args, terminal);
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof AlreadyReported) return 1;
    const usage = error instanceof CommanderError || error instanceof UsageError;
    if (json) terminal.out(JSON.stringify(usage ? usageReport(error) : failureReport(error)));
    // commander has already written its own usage messages
    if (!(error instanceof CommanderError)) terminal.note(`warmstart: ${failureText(error)}`);
    return usage ? 2 : 1;
  }
}

async function buildProgram(args: readonly string[], terminal: Terminal): Promise<Command> {
  const program = new Command('warmstart')
    .description(
      'Learn general knowledge from plenty of data, keep it in a checkpoint, start the small task from there.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for usage)')
    .addHelpText(
      'after',
      '\nStart here:\n  warmstart quickstart                              the whole method on real data\n  warmstart pretrain --data my.csv --label y        your own data\n  warmstart inspect model.pt                        what is in a checkpoint',
    );
  const asked = args.find((argument) => !argument.startsWith('-'));
  const wanted = asked === 'help' ? args[args.indexOf('help') + 1] : asked;
  for (const entry of commands) {
    const command = program.command(entry.name).description(entry.summary);
    command.copyInheritedSettings(program);
    if (entry.name === wanted) (await entry.load()).configure(command, terminal);
  }
  return program;
}

function usageReport(error: Error): { error: { code: 'usage'; message: string } } {
  return { error: { code: 'usage', message: error.message.replace(/^error: /, '') } };
}
