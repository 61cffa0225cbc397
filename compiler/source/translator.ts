import type { TransformOptions, TransformResult } from 'esbuild';

type Esbuild = typeof import('esbuild');

/** A text of an author ended esbuild's process, alone in it. */
export class TranslatorEnded extends Error {}

// esbuild's own handle of its process is not renewed when that dies: it has to be told, once for each that died.
let born = 0;
/** Loaded and started by the first who translates: a project of YAML alone is checked without it. */
let running: Esbuild | undefined;
let inTurn: Promise<unknown> | null = null;

/**
 * esbuild's `transform`. One process of esbuild serves all files at once, so when a text ends it, all that waited there are tried again, one after
 * the other, each with nobody beside it: `TranslatorEnded` is thrown for the guilty text, and the others get their answers.
 */
export async function transform(text: string, options: TransformOptions): Promise<TransformResult> {
  while (inTurn) await inTurn;
  const mine = born;
  try {
    return await ask(text, options);
  } catch (error) {
    if (isVerdict(error)) throw error;
    renew(mine);
    return await alone(text, options);
  }
}

async function alone(text: string, options: TransformOptions): Promise<TransformResult> {
  const before = inTurn;
  const made = (async () => {
    await before;
    const mine = born;
    try {
      return await ask(text, options);
    } catch (error) {
      if (isVerdict(error)) throw error;
      renew(mine);
      throw new TranslatorEnded('esbuild ended', { cause: error });
    }
  })();
  const turn = made
    .then(
      () => undefined,
      () => undefined,
    )
    .then(() => {
      if (inTurn === turn) inTurn = null;
    });
  inTurn = turn;
  return await made;
}

function renew(dead: number): void {
  if (dead !== born) return;
  born++;
  void running?.stop();
  running = undefined;
}

/** The collector of esbuild's process begins when its heap has grown by so much in hundred: small texts leave much behind, and most of its time went there. */
const HEAP_GROWTH = '400';

async function ask(text: string, options: TransformOptions): Promise<TransformResult> {
  if (!running) {
    const esbuild = await import('esbuild');
    running ??= start(esbuild);
  }
  return await running.transform(text, options);
}

/** The process starts within the first call and takes its environment from this one's, which is as before when that returns. */
function start(esbuild: Esbuild): Esbuild {
  const given = process.env.GOGC;
  process.env.GOGC ??= HEAP_GROWTH;
  try {
    void esbuild.transform('').catch(() => undefined);
  } finally {
    if (given === undefined) delete process.env.GOGC;
  }
  return esbuild;
}

/** Whether esbuild says what is wrong with a text; else it is gone. */
const isVerdict = (error: unknown): boolean =>
  Array.isArray((error as { errors?: unknown }).errors) && (error as { errors: unknown[] }).errors.length > 0;
