import type { YAMLError } from 'yaml';
import type { Finding } from '../check/diagnostic.js';
import { halfWidth } from './full-width.js';
import { placeBetween } from './lines.js';

/** The parser's words for a mistake, and where it saw it. */
type Mistake = Readonly<{ error: YAMLError; text: string; line: string; lineStart: number; start: number }>;
type Said = Readonly<{ message: string; label?: string; help?: string; start?: number; end?: number }>;

const QUOTE = 'write the whole value between quotes: `"…"`';

/**
 * What is wrong with a text that is not YAML. The parser tells where it gave up; its first error is the mistake, those after it follow from it.
 * What authors really do (a cron that begins with `*`, a tab, an indent) is told in words of their file.
 */
export function syntaxFindings(file: string, text: string, errors: readonly YAMLError[]): readonly Finding[] {
  if (errors.length === 0) return [];
  const twice = errors.filter(({ code }) => code === 'DUPLICATE_KEY');
  if (twice.length === errors.length) return twice.map((error) => findingOf(file, text, error));
  return [findingOf(file, text, errors.find(({ code }) => code !== 'DUPLICATE_KEY')!)];
}

function findingOf(file: string, text: string, error: YAMLError): Finding {
  const [start, end] = error.pos;
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const line = /^[^\r\n]*/.exec(text.slice(lineStart))![0];
  const said = explain({ error, text, line, lineStart, start: start - lineStart });
  const code = error.code === 'DUPLICATE_KEY' ? 'HERA1011' : 'HERA1009';
  const [from, to] = [
    lineStart + (said.start ?? start - lineStart),
    said.end === undefined ? end : lineStart + said.end,
  ];
  const { message, label, help } = said;
  const place = placeBetween(file, text, from, Math.max(from + 1, to));
  return {
    code,
    message: code === 'HERA1009' ? `\`${file}\` is not YAML: ${message}` : message,
    at: { place },
    label,
    help,
  };
}

function explain(mistake: Mistake): Said {
  const { error, line, start } = mistake;
  if (/^(<{7}|={7}|>{7})( |$)/.test(line))
    return {
      message: 'it holds the marks of a merge that was not finished',
      label: 'left by git',
      help: 'choose one side and remove the lines `<<<<<<<`, `=======` and `>>>>>>>`',
      start: 0,
      end: line.length,
    };
  const habit = wideSign(line) ?? doubleBraces(line) ?? noSpace(line);
  if (habit) return habit;
  const star = /^(\s*(?:- +)?(?:[\w.-]+: +)?|.*?[:[{,] *)(\*(?:[\s/].*|$))/.exec(line);
  if (star && (error.code === 'BAD_ALIAS' || /alias/i.test(error.message)))
    return {
      message: 'a value that begins with `*` is taken for an alias',
      label: 'a cron is a text',
      help: `write it between quotes: \`"${star[2]!.trim().replace(/[,}\]]+$/, '')}"\``,
      start: star[1]!.length,
      end: line.trimEnd().length,
    };
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return {
        message: 'a tab stands where a line is indented',
        label: 'a tab',
        help: 'indent with spaces; an editor can show tabs and replace them',
        start: Math.max(0, line.indexOf('\t')),
        end: Math.max(1, /^[ \t]*/.exec(line)![0].length),
      };
    case 'DUPLICATE_KEY':
      return {
        message: `\`${nameAt(line, start)}\` stands twice in one mapping`,
        label: 'here again',
        help: 'remove one',
        end: start + nameAt(line, start).length,
      };
    case 'TAG_RESOLVE_FAILED':
      return {
        message: 'a tag stands before a value',
        label: 'it would mean nothing',
        help: 'remove it, or write the value between quotes',
      };
    case 'MULTIPLE_DOCS':
      return {
        message: 'it holds several documents',
        label: 'a second one begins here',
        help: 'write one definition a file, or several under `jobs:`',
      };
    case 'BAD_SCALAR_START':
      return { message: `a value cannot begin with \`${line[start] ?? ''}\``, help: QUOTE };
    case 'BAD_DQ_ESCAPE':
      return {
        message: `${/\\./.exec(line.slice(start)) ? `\`${line.slice(start, start + 2)}\`` : 'this'} is no escape between double quotes`,
        help: 'write `\\\\` for a backslash, or use single quotes',
      };
    case 'BAD_INDENT':
      return badIndent(mistake);
    case 'BLOCK_AS_IMPLICIT_KEY':
      return blockInLine(mistake);
    case 'BLOCK_IN_FLOW':
      return colonInBraces(mistake);
    case 'MISSING_CHAR':
    case 'MULTILINE_IMPLICIT_KEY':
      return missing(mistake);
    case 'UNEXPECTED_TOKEN':
      return {
        message: 'something stands behind the end of a value',
        help: /['"]/.test(line)
          ? 'a quote in a text ends it: use the other kind of quotes around it, or double it'
          : `a text with \`{\`, \`}\`, \`[\`, \`]\`, \`,\` or \`: \` stands between quotes`,
      };
    default:
      return { message: lowerFirst(error.message) };
  }
}

/** `run：`, or a value that begins with a bracket or a quote of a Chinese keyboard. */
function wideSign(line: string): Said | undefined {
  const found = /^(\s*(?:- +)?["']?[\w.-]+["']?\s*)：|^(\s*(?:- +)?(?:[\w.-]+: *)?)[｛［（“‘【]/.exec(line);
  if (!found) return undefined;
  const start = (found[1] ?? found[2])!.length;
  const meant = halfWidth(line.trim()).replace(/:(?=\S)/, ': ');
  return {
    message: `\`${line[start]}\` is a full-width sign`,
    label: 'no sign of YAML',
    help: `write \`${meant}\``,
    start,
    end: start + 1,
  };
}

/** `{{ ds }}` of Jinja, Helm and others. */
export function doubleBraces(line: string): Said | undefined {
  const found = /(?:^|[:[,-])\s*(\{\{.*?\}\}|\{%.*?%\})/.exec(line);
  if (!found) return undefined;
  const start = found.index + found[0].length - found[1]!.length;
  return {
    message: `\`${found[1]}\` is taken for mappings`,
    label: 'a template of Jinja or Helm',
    help: 'variables of Hera are `${bizdate}`, `${date:yyyy-MM-dd}`, in a text between quotes; a file that is no job is named in `ignore` of the project',
    start,
    end: start + found[1]!.length,
  };
}

/** `run:{ shell: x }`. */
function noSpace(line: string): Said | undefined {
  const [, before, name] = /^(\s*(?:- +)?)([\w.-]+):(?=[{["'])/.exec(line) ?? [];
  if (before === undefined || name === undefined) return undefined;
  const start = before.length;
  const text = line.trim();
  const help = `write \`${text.replace(`${name}:`, `${name}: `)}\``;
  return { message: `a space is missing behind \`${name}:\``, help, start, end: start + name.length + 1 };
}

function badIndent({ error, line, text, lineStart }: Mistake): Said {
  const [, bracket] = /end with a ([}\]])/.exec(error.message) ?? [];
  const indent = /^ */.exec(line)![0].length;
  if (bracket !== undefined)
    return {
      message: `\`${bracket === '}' ? '{' : '['}\` is not closed before the next field`,
      label: `\`${bracket}\` is missing before this line`,
      help: `close it with \`${bracket}\``,
      start: indent,
      end: line.length,
    };
  const above = indentsAbove(text, lineStart);
  return {
    message: 'a line is indented like none of the lines above it',
    label: `indented by ${indent}`,
    help: `give it the indent of the line it belongs beside: ${above.join(', ').replace(/, (\d+)$/, ' or $1')} spaces`,
    start: indent,
    end: line.length,
  };
}

/** The indents at which a line may stand: those of the mappings and lists that are open above it. */
function indentsAbove(text: string, position: number): readonly number[] {
  const open: number[] = [];
  for (const line of text.slice(0, position).split('\n').slice(0, -1)) {
    if (!/\S/.test(line) || /^\s*#/.test(line)) continue;
    const indent = /^ */.exec(line)![0].length;
    while (open.length > 0 && open.at(-1)! >= indent) open.pop();
    open.push(indent);
  }
  return open.length > 0 ? open : [0];
}

/** `run: shell: x`, `title: a: b`, or a field below another one that has a value already. */
function blockInLine({ line, start }: Mistake): Said {
  if (/: /.test(line.slice(start)))
    return {
      message: 'a value holds a second `: `',
      help: 'a text with `: ` stands between quotes; a field inside a field stands on the next line, indented, or between `{` and `}`',
      start,
      end: line.length,
    };
  return {
    message: 'a field has a value and also fields below it',
    label: 'this is the value',
    help: 'remove the value, or give the lines below the indent of this one',
    start,
    end: line.length,
  };
}

/** `{ shell: echo a: b }`. */
function colonInBraces({ line, start }: Mistake): Said {
  const [text] = /^[^,}\]]*[^,}\]\s]/.exec(line.slice(start)) ?? [''];
  return {
    message: 'a value holds a second `: `',
    label: 'a text with `: ` stands between quotes',
    help: /: /.test(text) && !/["\\]/.test(text) ? `write \`"${text}"\`` : QUOTE,
    start,
    end: start + Math.max(1, text.length),
  };
}

function missing({ error, line, start, text }: Mistake): Said {
  if (/closing .?quote/i.test(error.message)) {
    const [quote] = /["']/.exec(error.message) ?? ['"'];
    return { message: `a ${quote} is not closed`, label: 'the file ends here', help: `close the text with ${quote}` };
  }
  const word = line.slice(start).trim();
  const [, name] = /^([\w.-]+):\S/.exec(word) ?? [];
  if (name !== undefined)
    return {
      message: `a space is missing behind \`${name}:\``,
      help: `write \`${name}: ${word.slice(name.length + 1)}\``,
      start,
      end: start + name.length + 1,
    };
  if (/^[\w.-]+$/.test(word) && text !== word)
    return { message: `\`${word}\` has no \`:\``, help: `write \`${word}: …\``, start, end: start + word.length };
  return {
    message: 'a line is no field and no item of the list around it',
    label: word.startsWith('-') ? 'not at the indent of the items above' : 'no `: ` in it',
    help: 'write `name: value`, items as `- value`, all of one list at one indent',
    start,
    end: line.length,
  };
}

const nameAt = (line: string, start: number): string =>
  /^(?:"[^"]*"|'[^']*'|[^:#{},[\]]*)/
    .exec(line.slice(start))![0]
    .trim()
    .replace(/^["']|["']$/g, '') || '?';

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
