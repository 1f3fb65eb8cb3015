import { compileLoss } from '@warmstart/compile';
import type { StepCompiler } from '@warmstart/shapes';
import type { SearchEvent } from '@warmstart/transfer';

/** Whether steps are compiled: where they can be, always or else an error, or never. */
export type CompileChoice = 'auto' | 'always' | 'never';

/**
 * What a training gets of `--compile`.
 *
 * @param note - called once for each way that steps run, however many trainings there are
 * @param onEvent - called for all events, too
 */
export function compiling(
  compile: CompileChoice,
  note: (line: string) => void,
  onEvent: (event: SearchEvent) => void,
): { compiler: StepCompiler; compile: CompileChoice; onEvent: (event: SearchEvent) => void } {
  const noted = new Set<string>();
  const noteOnce = (key: string, line: string) => {
    if (noted.has(key)) return;
    noted.add(key);
    note(line);
  };
  return {
    compiler: compileLoss,
    compile,
    onEvent: (event) => {
      if (event.type === 'step-compile') {
        const seconds = (event.recordMilliseconds + event.compileMilliseconds) / 1000;
        noteOnce(event.type, `steps run in ONNX Runtime from here on, compiled in ${seconds.toFixed(2)} s`);
      } else if (event.type === 'step-eager') {
        noteOnce(event.reason, `steps run in TensorFlow.js: ${event.reason}`);
      }
      onEvent(event);
    },
  };
}
