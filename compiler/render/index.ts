// The door of the render room; its header is in `render.ts`.
export type { Locale } from './date-format.js';
export type { Expanded, RenderProblem, UnknownName } from './expand.js';
export { checkTemplate, type GivenBuiltins, isBuiltin, type RenderInput, render } from './render.js';
