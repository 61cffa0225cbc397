import { type Field, isRecord, oneOf, said, whole } from '../fields.js';
import { record } from '../records.js';

/** How the batch label of a period is made. */
type Batch = Readonly<{ unit: (typeof BATCH_UNITS)[number]; offset: number }>;

const BATCH_UNITS = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;
/** However far, the label's year has four digits. */
const MOST_UNITS = 1000;

export const batchRecord = record(
  {
    unit: said(
      oneOf(...BATCH_UNITS),
      'What a batch is: `day` gives `2026-11-22`, `month` gives `2026-11`.',
      '批次的单位：`day` 得到 `2026-11-22`，`month` 得到 `2026-11`。',
    ),
    offset: said(
      whole(-MOST_UNITS, MOST_UNITS, 'a whole number from -1000 to 1000'),
      'So many units on from the period; `-1` is the one before. Default: 0.',
      '相对周期偏移多少个单位；`-1` 为前一个。默认 0。',
    ),
  },
  { required: ['unit'] },
);
export const batch: Field<Batch> = {
  expects: 'a unit such as `day`, or `{ unit, offset }`',
  schema: { anyOf: [{ enum: BATCH_UNITS }, batchRecord.schema] },
  read(value, at) {
    const given = isRecord(value) ? batchRecord.read(value, at) : { unit: oneOf(...BATCH_UNITS).read(value, at) };
    return given?.unit === undefined
      ? undefined
      : { unit: given.unit, offset: ('offset' in given ? given.offset : undefined) ?? 0 };
  },
};
