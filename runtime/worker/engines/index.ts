import type { AttemptSpec } from '../../api/worker/contract.js';
import type { Engine } from './interpreter.js';
import { python } from './python.js';
import { shell } from './shell.js';

export const ENGINES: Readonly<Record<AttemptSpec['engine'], Engine>> = { shell, python };
