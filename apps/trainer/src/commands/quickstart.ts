import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';

export function configure(command: Command, _terminal: Terminal): void {
  command.option('--json', 'print the result as JSON', false);
}
