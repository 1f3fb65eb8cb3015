import { compileLoss } from '@warmstart/compile';
import type { StepCompiler } from '@warmstart/shapes';
import type { TrainingEvent } from '@warmstart/training';

/** Whether steps are compiled: where they can be, always or else an error, or never. */
export type CompileChoice = 'auto' | 'always' | 'never';

/** What a training gets of the flag; `say` hears once which way its steps run. */
export function compiling(
  compile: CompileChoice,
  say: (line: string) => void,
): { compiler: StepCompiler; compile: CompileChoice; onCompiler: (event: TrainingEvent) => void } {
  return {
    compiler: compileLoss,
    compile,
    onCompiler: (event) => {
      if (event.type === 'step-compile') {
        const seconds = (event.recordMilliseconds + event.compileMilliseconds) / 1000;
        say(`steps run in ONNX Runtime from here on, compiled in ${seconds.toFixed(2)} s`);
      } else if (event.type === 'step-eager') {
        say(`steps run in TensorFlow.js: ${event.reason}`);
      }
    },
  };
}

/** The same for a run that also shows its progress: `compiler` for the training, `onEvent` for all that happens in it. */
export function compilingRun(
  compile: CompileChoice,
  say: (line: string) => void,
  show: (event: TrainingEvent) => void,
): { compiler: StepCompiler; onEvent: (event: TrainingEvent) => void } {
  const { compiler, onCompiler } = compiling(compile, say);
  const onEvent = (event: TrainingEvent) => {
    onCompiler(event);
    show(event);
  };
  return { compiler, onEvent };
}
