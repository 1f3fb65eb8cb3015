/** A program to read, folded away until asked for. */
export function ProgramText({ summary, program }: { summary: string; program: string }) {
  return (
    <details>
      <summary>{summary}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>
        <code>{program}</code>
      </pre>
    </details>
  );
}
