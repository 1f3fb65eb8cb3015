/** Options of reading rows: each is a flag. */
const optionNames = [
  ...['label', 'task', 'format', 'ignore', 'types', 'delimiter', 'quote', 'encoding', 'decimal', 'thousands'],
  ...['header', 'sheet', 'missingValues', 'missing-values', 'missing', 'dateOrder', 'splitColumn', 'unknown'],
  ...['imageSize', 'textLength', 'genes', 'values'],
];

/**
 * A message of a library in the words of the command line: `option missingValues` becomes `--missing-values`. Every
 * option of reading rows is a flag of the same name.
 */
export function flagText(message: string): string {
  const name = optionNames.join('|');
  const options = new RegExp(`\\b[oO]ptions? ((?:${name})(?:, (?:${name}))*)\\b`, 'g');
  return message
    .replace(options, (_, names: string) => names.split(', ').map(flagOf).join(', '))
    .replace(
      new RegExp(`\\bpass (${name}): '([\\w-]+)'`, 'g'),
      (_, one, value) => `give ${flagOf(one)} ${value}`,
    )
    .replace(/readRows\([a-z]+, \{ (\w+) \}\)/g, (_, name: string) => flagOf(name));
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
