import { createHash } from 'node:crypto';
import { FORMAT_NAMES, type FormatName, nearest } from '../compiler/index.js';
import { invalid } from '../runtime/errors.js';

/** A format and the file it goes to; null: standard output. */
export type Destination = Readonly<{ format: FormatName; file: string | null }>;

const isFormat = (name: string): name is FormatName => (FORMAT_NAMES as readonly string[]).includes(name);

/**
 * Reads `text,github,sarif=hera.sarif`: formats, each with its file or for standard output; `output` is the file of the only one without its own.
 * Throws `invalid` for an unknown format, and for a document (all but text and github) that would share standard output.
 */
export function parseDestinations(written: string, output: string | undefined): readonly Destination[] {
  const named = written.split(',').map((part) => {
    const [, name = '', file] = /^([^=]*)(?:=(.+))?$/.exec(part.trim()) ?? [];
    if (!isFormat(name)) throw unknownFormat(part.trim());
    return { format: name, file: file ?? null };
  });
  const open = named.filter(({ file }) => file === null);
  if (output !== undefined && open.length !== 1)
    throw invalid('--output is the file of one format', {
      help: 'name the file beside the format: --format text,sarif=hera.sarif',
    });
  if (output !== undefined) return named.map(({ format, file }) => ({ format, file: file ?? output }));
  const document = open.find(({ format }) => format !== 'text' && format !== 'github');
  if (document && open.length > 1)
    throw invalid(`${document.format} is a document and cannot share standard output`, {
      help: `give it a file: --format ${document.format}=FILE`,
    });
  return named;
}

function unknownFormat(name: string): Error {
  const guess = nearest(name, FORMAT_NAMES);
  return invalid(`there is no format ${name === '' ? '``' : name}`, {
    help: guess === undefined ? `there are ${FORMAT_NAMES.join(', ')}` : `did you mean ${guess}?`,
  });
}

/** Text in the log of GitHub Actions in which no line is taken for a command, whatever files hold: only the hash of the text ends the silence. */
export function withoutCommands(text: string): string {
  const token = createHash('sha256').update(text).digest('hex');
  return `::stop-commands::${token}\n${text}::${token}::\n`;
}
