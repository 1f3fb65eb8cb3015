/**
 * Predictions as a table: the row, the most likely class, and the probability of each.
 *
 * @param shares - [rows, classes]
 */
export function predictionsCsv(
  names: readonly string[],
  shares: Float32Array,
  classNames: readonly string[],
): string {
  const lines = [['row', 'predicted', ...classNames.map((name) => `p(${name})`)].map(quoted).join(',')];
  for (const [row, name] of names.entries()) {
    const own = [...shares.subarray(row * classNames.length, (row + 1) * classNames.length)];
    const best = classNames[own.indexOf(Math.max(...own))] ?? '';
    lines.push([quoted(name), quoted(best), ...own.map((share) => share.toFixed(4))].join(','));
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** @see RFC 4180; a leading =, +, - or @ would be run as a formula by spreadsheets */
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
