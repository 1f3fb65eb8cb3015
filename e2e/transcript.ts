/** One command of a guide, and the lines that are shown below it. */
export interface ShownCommand {
  command: string;
  line: number;
  shown: string[];
}

/** Commands of a guide in their order: lines that begin with `$` in `console` blocks, and with `warmstart` in `sh` ones. */
export function shownCommands(markdown: string): ShownCommand[] {
  const commands: ShownCommand[] = [];
  let block: string | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^```(\w*)/.exec(line);
    if (fence) block = block === undefined ? fence[1] : undefined;
    else if (block === 'console' && line.startsWith('$ ')) {
      commands.push({ command: line.slice(2), line: index + 1, shown: [] });
    } else if (block === 'sh' && line.startsWith('warmstart ')) {
      commands.push({ command: line, line: index + 1, shown: [] });
    } else if (block === 'console' && line !== '') commands.at(-1)?.shown.push(line);
  }
  return commands;
}

/** What stays the same from machine to machine: broken numbers, marks of significance and counts of kernels do not. */
export function stablePart(line: string): string {
  return line
    .replace(/\(\d+ added.*\)/, '(…)')
    .replace(/[−+-]?\d+(\.\d+)?e-?\d+|[−+-]?\d+\.\d+/g, '#')
    .replace(/("[^"]*"):[\d.]+/g, '$1:#')
    .replace(/\*/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
