/** What training tools put into names, wherever they wrap a module: DDP, torch.compile, FSDP, checkpointing. */
const wrapperParts = [
  '_orig_mod',
  '_fsdp_wrapped_module',
  '_checkpoint_wrapped_module',
  '_fpw_module',
  '_forward_module',
  'module',
];

/**
 * Takes wrappers' parts out of names, at their beginning or in the middle: `layer1._orig_mod.0.weight` becomes
 * `layer1.0.weight`.
 *
 * @param wanted - the model's names; a part that one of them has is the model's own
 * @returns new names by old ones, and what was done
 */
export function unwrapNames(
  names: readonly string[],
  wanted: readonly string[],
): { names: ReadonlyMap<string, string>; notes: string[] } {
  let current = new Map(names.map((name) => [name, name]));
  const notes: string[] = [];
  for (const part of wrapperParts) {
    if (wanted.some((name) => name.split('.').includes(part))) continue;
    const shorter = new Map([...current].map(([name, now]) => [name, without(now, part)]));
    const changed = [...shorter].filter(([name, now]) => now !== current.get(name)).length;
    if (changed === 0 || new Set(shorter.values()).size < shorter.size) continue; // else two would be one
    current = shorter;
    notes.push(`\`${part}.\` was taken out of ${changed} names`);
  }
  return { names: current, notes };
}

function without(name: string, part: string): string {
  const parts = name.split('.');
  return parts.filter((one, i) => one !== part || i === parts.length - 1).join('.');
}
