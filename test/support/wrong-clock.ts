// Imported before all other modules of a process: its clock is wrong by SHIFTED_MS from then on.
import { shiftClock } from './shifted-clock.js';

shiftClock(Number(process.env.SHIFTED_MS ?? 0));
