import type { PlanAnswer } from '../runtime/api/contract.js';
import type { Terminal } from './terminal.js';

/** Says what apply would refuse now, and what to know although it may be done. */
export function sayJudgement(
  terminal: Terminal,
  { refusals, cautions }: Pick<PlanAnswer, 'refusals' | 'cautions'>,
): void {
  const { red, yellow, cyan } = terminal.colors;
  for (const caution of cautions) terminal.say(`${yellow('note')}: ${caution}`);
  for (const { message, help } of refusals) terminal.say(`${red('refused')}: ${message}`, `  ${cyan('help')}: ${help}`);
}
