/** More than any definition nests; parsers recurse, and where the stack ends they take their process along (esbuild's, or this one). */
const MAX_BRACKETS = 500;
const MAX_INDENT = 500;
const MAX_CHARS = 600_000;

/** Why a text is not given to a parser, or null: it is too long or nests too deeply. Counts letters only, so it cannot be exhausted itself. */
export function tooMuchToParse(text: string, language: 'yaml' | 'script'): string | null {
  if (text.length > MAX_CHARS) return `has more than ${MAX_CHARS} characters`;
  const isDeep = bracketDepth(text) > MAX_BRACKETS || (language === 'yaml' ? indents(text) : chains(text));
  return isDeep ? 'is nested too deeply' : null;
}

/** Brackets in texts and comments count too: no one leaves hundreds of them open. */
function bracketDepth(text: string): number {
  let [depth, most] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // ( [ {
    if (code === 0x28 || code === 0x5b || code === 0x7b) most = Math.max(most, ++depth);
    else if ((code === 0x29 || code === 0x5d || code === 0x7d) && depth > 0) depth--;
  }
  return most;
}

/** Blocks of YAML open by indent, or by `- - -` on one line. */
const indents = (text: string): boolean =>
  text.split(/\r\n?|\n/).some((line) => (/^(?:[ \t]|[-?:](?=[ \t]))+/.exec(line)?.[0].length ?? 0) > MAX_INDENT);

/** What opens a level of a script without a bracket: `!!!`, `typeof typeof`, `a => a => a`. */
const chains = (text: string): boolean => /(?:[!~+-]\s*){500}|(?:\b[a-z]+\s+){5000}/.test(text);
