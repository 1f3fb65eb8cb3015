/** A page of the site as one program: all its `ts` blocks in order, and all it says that they print. */
export interface PageProgram {
  source: string;
  output: string;
}

/**
 * The program of a page. Blocks follow each other as the reader would paste them; a `text` block right after one, with
 * no heading between, is what has been printed since the last.
 *
 * @returns nothing for a page without programs
 */
export function pageProgram(markdown: string): PageProgram | undefined {
  const blocks = [...markdown.matchAll(/^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm)];
  const sources: string[] = [];
  const outputs: string[] = [];
  for (const [index, [, language, text = '']] of blocks.entries()) {
    if (language === 'ts') sources.push(text);
    if (language === 'text' && blocks[index - 1]?.[1] === 'ts') outputs.push(text.trimEnd());
  }
  if (sources.length === 0) return undefined;
  return { source: sources.join('\n'), output: outputs.join('\n') };
}

/**
 * Compares line by line what was printed with what the page shows. Numbers right after an ≈ may differ by a tenth, or by
 * 0.02: they depend on the processor's rounding. Everything else is exact.
 *
 * @returns the first line that differs, in words; nothing if all is as shown
 */
export function differenceIn(printed: string, shown: string): string | undefined {
  const [given, wanted] = [printed.split('\n'), shown.split('\n')];
  for (let line = 0; line < Math.max(given.length, wanted.length); line++) {
    const [ours = '(nothing)', theirs = '(nothing)'] = [given[line], wanted[line]];
    const [left, right] = [split(ours), split(theirs)];
    const close =
      left.text === right.text &&
      left.numbers.every((value, index) => near(value, right.numbers[index] ?? Number.NaN));
    if (!close) return `line ${line + 1} is "${ours}", the page shows "${theirs}"`;
  }
  return undefined;
}

function split(line: string): { text: string; numbers: number[] } {
  const numbers: number[] = [];
  const text = line.replace(/(≈ )(-?[\d.]+)/g, (_, sign, number) => {
    numbers.push(Number(number));
    return sign;
  });
  return { text, numbers };
}

function near(left: number, right: number): boolean {
  return Math.abs(left - right) <= Math.max(0.02, 0.1 * Math.abs(right));
}
