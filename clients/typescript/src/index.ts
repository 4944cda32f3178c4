export {
  type Baton,
  createBaton,
  etagOf,
  items,
  newKey,
  type Schemas,
  type Settings,
} from "./client.js";
export { BatonError, Problem, type ProblemDocument, Unreachable } from "./problem.js";
export {
  type Callback,
  callbackIn,
  Fail,
  handler,
  Run,
  type RunSettings,
  run,
  Stopped,
} from "./run.js";
export type { components, operations, paths } from "./schema.js";
