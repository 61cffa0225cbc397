import { ACTING, spelling } from '../compiler/check/spelling.js';

// What a job writes is its own: colours, a progress bar that writes over its line, an erased line are shown as they were meant. What reaches
// beyond its own lines (the cursor, the screen, the window's title, the clipboard, the keyboard's answers) is spelled out.

const ESCAPE = '\u001b';
const COLOR = '\\u001b\\[[0-9;:]*m';
const ERASED_LINE = '\\u001b\\[[0-2]?K';
const shownOrActing = new RegExp(`(${COLOR}|${ERASED_LINE}|[\\n\\r\\t])|${ACTING}`, 'gu');
/** The beginning of a sequence of which the next bytes may bring the rest. */
const unfinished = new RegExp(`${ESCAPE}(?:\\[[0-9;:]{0,32})?$`);

export type OutputScreen = Readonly<{
  /** The next bytes as text for a terminal. Letters and sequences that are cut in two come with the bytes that end them. */
  show(bytes: Uint8Array): string;
  /** What is left, and the end of every colour. */
  end(): string;
}>;

/** Makes the bytes of one output fit for a terminal. Bytes that are no UTF-8 are shown as `�`. */
export function createOutputScreen(): OutputScreen {
  const decoder = new TextDecoder();
  let rest = '';
  let isColored = false;
  const fitting = (text: string): string =>
    text.replace(shownOrActing, (found, shown?: string) => {
      if (shown === undefined) return spelling(found);
      isColored ||= shown.endsWith('m');
      return shown;
    });
  return {
    show(bytes) {
      const text = rest + decoder.decode(bytes, { stream: true });
      rest = unfinished.exec(text)?.[0] ?? '';
      return fitting(text.slice(0, text.length - rest.length));
    },
    end() {
      const last = fitting(rest + decoder.decode());
      rest = '';
      return isColored ? `${last}\u001b[0m` : last;
    },
  };
}
