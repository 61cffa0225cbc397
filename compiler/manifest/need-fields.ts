import type { Need } from './manifest.js';

/** A need as its author writes it in YAML: the name alone where nothing else is said, else the record without what is the default. */
export function writtenNeed(need: Need): string | Readonly<Record<string, unknown>> {
  const fields = needFields(need);
  if (need.kind === 'job') return Object.keys(fields).length === 0 ? need.job : { job: need.job, ...fields };
  return { self: need.offset === -1 ? 'previous' : { offset: need.offset }, ...fields };
}

/** The fields of that record beside `job` and `self`. */
export function needFields(need: Need): Readonly<Record<string, unknown>> {
  return {
    ...(need.kind === 'job' && formFields(need.periods)),
    ...(need.on === 'finished' && { on: 'finished' }),
    ...(need.optional && { optional: true }),
    ...(need.kind === 'job' && need.whenNone === 'skip' && { whenNone: 'skip' }),
  };
}

function formFields(form: Extract<Need, { kind: 'job' }>['periods']): Readonly<Record<string, unknown>> {
  if (form === 'default') return {};
  if (typeof form === 'string') return { periods: form };
  if ('all' in form) return { periods: 'all', ...(form.all === 'window' && { of: 'window' }) };
  return form;
}
