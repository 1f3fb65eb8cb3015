/** Scores for people, a line each, beside those of a baseline. */
export function scoresText(
  scores: Readonly<Record<string, number>>,
  baseline: Readonly<Record<string, number>> = {},
): string[] {
  return Object.entries(scores).map(([name, value]) => {
    const against = baseline[name];
    const beside = against === undefined ? '' : `   ${against.toFixed(4)}`;
    return `  ${name.padEnd(21)} ${value.toFixed(4)}${beside}`;
  });
}
