/**
 * Where the deployment is, with a slash at the end. Only the browser knows it: a stage, a custom
 * domain and an emulator each put something else before it. Scripts lie one folder below it.
 */
const script = import.meta.url;
export const BASE = new URL("..", script);
