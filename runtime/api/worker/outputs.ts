// The limits of what a run may tell those who need it: held where a worker reads it, and where the control plane takes it.

export const OUTPUT_KEY = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
/** Of all keys and values of a run. */
export const MOST_OUTPUT_BYTES = 4096;

export const outputBytes = (outputs: Readonly<Record<string, string>>): number =>
  Object.entries(outputs).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
