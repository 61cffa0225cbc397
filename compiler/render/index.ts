// The door of the render room; its header is in `render.ts`.

export { type BatchRule, batchLabel } from './batch-label.js';
export type { Locale } from './date-format.js';
export type { Expanded, Place, RenderProblem, UnknownName } from './expanded.js';
export { type ForeignTemplate, foreignTemplates, inNative, NATIVE_DATES, nativeName } from './foreign.js';
export type { NeededJobs, NeedOutputs, Outputs } from './need-outputs.js';
export {
  BUILTINS,
  checkTemplate,
  type Dialect,
  type GivenBuiltins,
  isBuiltin,
  type RenderInput,
  render,
} from './render.js';
