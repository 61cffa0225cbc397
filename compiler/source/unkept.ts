import type { Finding, Path } from '../check/diagnostic.js';

/** U+0000, which PostgreSQL keeps in no text, and halves of letters, which UTF-8 cannot say. */
const UNKEPT = /[\0\p{Cs}]/u;

/** Whether a text can be kept as it is. */
export const isKept = (text: string): boolean => !UNKEPT.test(text);

/** Texts and names below `root` that could not be kept as they are: such a commit would compile and could never be put in force. */
export function unkeptTexts(file: string, value: unknown, root: Path = []): readonly Finding[] {
  const findings: Finding[] = [];
  // What aliases share is one thing, however often it is met: it may even hold itself.
  const visited = new Set<object>();
  const look = (text: string, path: Path, on: 'key' | 'value'): void => {
    const [letter] = UNKEPT.exec(text) ?? [];
    if (letter === undefined) return;
    const spelled = `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
    findings.push({
      code: 'HERA1002',
      message: `a text holds \`${spelled}\`, ${letter === '\0' ? 'which nothing can keep' : 'which is half of a letter'}`,
      at: { file, path, on },
      help: letter === '\0' ? 'remove it' : 'write the whole letter',
    });
  };
  const visit = (one: unknown, path: Path): void => {
    if (typeof one === 'string') look(one, path, 'value');
    else if (typeof one === 'object' && one !== null && !visited.has(one)) {
      visited.add(one);
      for (const [key, member] of Object.entries(one)) {
        const inner = [...path, Array.isArray(one) ? Number(key) : key];
        if (!Array.isArray(one)) look(key, inner, 'key');
        visit(member, inner);
      }
    }
  };
  visit(value, root);
  return findings;
}
