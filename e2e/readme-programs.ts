/** A program shown in a README, and what it is said to print. */
export interface ReadmeProgram {
  /** Line of its opening fence, from 1. */
  line: number;
  source: string;
  /** The text block right after it, if there is one: its exact standard output. */
  output?: string;
}

/** Every ```ts block of a page, each with the ```text block that follows it. */
export function readmePrograms(markdown: string): ReadmeProgram[] {
  const blocks = [...markdown.matchAll(/^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm)];
  return blocks.flatMap((block, index) => {
    const [whole, language, source = ''] = block;
    if (language !== 'ts') return [];
    const line = markdown.slice(0, block.index).split('\n').length;
    const next = blocks[index + 1];
    const between = next ? markdown.slice(block.index + whole.length, next.index) : '';
    const hasOutput = next?.[1] === 'text' && !/\n#/.test(between);
    return [{ line, source, ...(hasOutput ? { output: (next[2] ?? '').trimEnd() } : {}) }];
  });
}

/** What each ```js block of a page imports from our packages: such blocks are shown, not run. */
export function importsOfUnrunBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/^```js[^\n]*\n([\s\S]*?)^```$/gm)]
    .map(([, source = '']) => source.match(/^import .* from '@warmstart\/[^']+';/gm)?.join('\n') ?? '')
    .filter((source) => source !== '');
}
