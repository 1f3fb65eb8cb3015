import { engine } from './studio.js';

/** Which engine trains, and why each faster one was passed over. */
export function EngineLine() {
  const facts = engine.value;
  if (facts === undefined) {
    return (
      <p>Engine: fetched when something is trained (WebGPU if there is a hardware GPU, else WebAssembly).</p>
    );
  }
  return (
    <p data-engine={facts.backend}>
      Engine: <strong>{facts.title}</strong>. {facts.reasons.join(' ')}
    </p>
  );
}
