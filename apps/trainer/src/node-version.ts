/** Ends the process with one line if this Node is older than 20.19. */
export function requireNode(found: string): void {
  const [major = 0, minor = 0] = found.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  process.stderr.write(
    `warmstart: Node 20.19 or later is needed, this is ${found}. Install Node 24 and run it again.\n`,
  );
  process.exit(1);
}
