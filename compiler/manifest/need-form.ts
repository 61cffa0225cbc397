import type { NeedForm } from '../calendar/index.js';
import type { Periods } from '../source/language.js';

/** The form of a need as the calendar takes it. */
export function formOf(periods: Periods): NeedForm {
  const inUnit = 'unit' in periods && periods.unit !== undefined && { unit: periods.unit };
  switch (periods.kind) {
    case 'all':
      return { all: periods.of };
    case 'offset':
      return { offset: periods.by, ...inUnit };
    case 'last':
      return { last: periods.count, ...inUnit, ...(periods.offset !== undefined && { offset: periods.offset }) };
    default:
      return periods.kind;
  }
}
