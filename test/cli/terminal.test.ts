import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createColors, ourOwn, outgoing } from '../../cli/colors.js';
import { createOutputScreen } from '../../cli/output-screen.js';
import { table } from '../../cli/table.js';
import { openTerminal, type Streams } from '../../cli/terminal.js';
import { jsonText } from '../../compiler/check/spelling.js';

// Titles, subjects, names: what strangers wrote reaches the terminals of people who trust us.

const ESC = '\u001b';
const EVIL = `${ESC}]0;owned\u0007${ESC}[2J\u009b31m\u202egnp.exe\u2066x\u0000\u007f`;
/** What may come out: letters, line ends, and the colours that picocolors knows. */
const HARMLESS = new RegExp(
  `^(?:[^\\p{Cc}\\u061c\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ufeff]|\\n|${ESC}\\[\\d+m)*$`,
  'u',
);

function open({
  json = false,
  env = {},
  isTTY = true,
}: {
  json?: boolean;
  env?: NodeJS.ProcessEnv;
  isTTY?: boolean;
} = {}) {
  const said = { out: '', err: '' };
  const into = (name: 'out' | 'err'): Streams['stdout'] => ({
    isTTY,
    columns: 80,
    write: (chunk: string | Uint8Array) => {
      said[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    },
  });
  const streams = { stdin: { isTTY: true }, stdout: into('out'), stderr: into('err'), env } as Streams;
  return { terminal: openTerminal({ json }, streams), said };
}

const strange = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        ESC,
        '\u009b',
        '\u202e',
        '\r',
        '\n',
        '\b',
        '\u0007',
        `${ESC}[31m`,
        `${ESC}[0;1m`,
        EVIL,
        '\ud800',
        '中',
      ),
    ),
  )
  .map((parts) => parts.join(''));

describe('a line', () => {
  test('a title that would rename the window and clear the screen is read, not obeyed', () => {
    const { terminal, said } = open();
    terminal.print(`dw/load  ${EVIL}`);
    terminal.say(EVIL);
    expect(said.out).toBe('dw/load  \\u001b]0;owned\\u0007\\u001b[2J\\u009b31m\\u202egnp.exe\\u2066x\\u0000\\u007f\n');
    expect(said.err).toBe(said.out.replace('dw/load  ', ''));
  });

  test('our colours come out, also one inside another; a stranger cannot colour, end our colours, or guess their mark', () => {
    const { terminal, said } = open();
    const { red, cyan, bold } = terminal.colors;
    terminal.print(
      red(`a ${cyan('b')} ${ESC}[39mc`),
      bold(`${ESC}[22mx`),
      `${ESC}[32mok${ESC}[39m ${ESC}[32;1000;1000;1000mok`,
    );
    expect(said.out).toBe(
      `${ESC}[31ma ${ESC}[36mb${ESC}[39m${ESC}[31m \\u001b[39mc${ESC}[39m\n` +
        `${ESC}[1m\\u001b[22mx${ESC}[22m\n` +
        '\\u001b[32mok\\u001b[39m \\u001b[32;1000;1000;1000mok\n',
    );
  });

  test('a line stays one line: nobody writes a second one in our name', () => {
    const { terminal, said } = open({ isTTY: false });
    terminal.print('title: a\nplan abc: nothing changes\r\n\u2028x\ty');
    expect(said.out).toBe('title: a plan abc: nothing changes\\u000d \\u2028x y\n');
  });

  test('no control comes out but our own colours, whatever stands inside or outside of them', () => {
    fc.assert(
      fc.property(strange, strange, fc.boolean(), (one, other, color) => {
        const { terminal, said } = open({ env: color ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' } });
        const { red, bold, dim } = terminal.colors;
        terminal.print(`${one}${red(`${other}${bold(one)}`)}`, ...table(['A', 'B'], [[one, dim(other)]]));
        terminal.say(red(one) + other);
        for (const text of [said.out, said.err]) expect(text).toMatch(HARMLESS);
        expect(said.out.split('\n')).toHaveLength(4);
        expect(said.out.match(new RegExp(`${ESC}\\[(?!(1|2|22|31|39)m)`, 'g'))).toBeNull();
        if (!color) expect(said.out).not.toContain(ESC);
      }),
    );
  });

  test('without the guard the same lines would act', () => {
    expect(EVIL).not.toMatch(HARMLESS);
    expect(outgoing(ourOwn(`${ESC}[31mx`))).toBe(`${ESC}[31mx`);
    expect(outgoing(`${ESC}[31mx`)).toBe('\\u001b[31mx');
  });

  test('columns are measured by what is shown', () => {
    const { red } = createColors(true);
    const lines = table(
      ['JOB', 'STATE'],
      [
        [`${ESC}[2J`, red('failed')],
        ['中文', 'ok'],
      ],
    ).map(outgoing);
    expect(lines).toEqual(['JOB        STATE', `\\u001b[2J  ${ESC}[31mfailed${ESC}[39m`, '中文       ok']);
  });

  test('in the log of GitHub Actions no line is a command', () => {
    const { terminal, said } = open({ env: { GITHUB_ACTIONS: 'true' } });
    terminal.print('  ::set-output name=x::y', 'a ##[error]b');
    expect(said.out).toBe('  : :set-output name=x::y\na ## [error]b\n');
  });
});

describe('JSON', () => {
  test('it means the same and does nothing to a terminal', () => {
    fc.assert(
      fc.property(strange, (text) => {
        const { terminal, said } = open({ json: true });
        terminal.print('nothing of this');
        terminal.json({ [text]: text });
        expect(said.out).toMatch(HARMLESS);
        expect(JSON.parse(said.out)).toEqual({ [text]: text });
      }),
    );
    expect(jsonText({ a: '\u009b\u202e' }, 0)).toBe('{"a":"\\u009b\\u202e"}');
  });
});

describe('the output of a job', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const shown = (...parts: readonly Uint8Array[]): string => {
    const screen = createOutputScreen();
    return parts.map((part) => screen.show(part)).join('') + screen.end();
  };

  test('elsewhere than on a terminal it is what the job wrote, byte for byte', () => {
    const { terminal, said } = open({ isTTY: false });
    const output = terminal.openOutput();
    output.write(bytes(EVIL));
    output.end();
    expect(said.out).toBe(EVIL);
  });

  test('on a terminal its colours and progress bars are shown, and what reaches beyond its own lines is spelled out', () => {
    const { terminal, said } = open();
    const output = terminal.openOutput();
    output.write(bytes(`${ESC}[1;32mdone${ESC}[K\r50 %\tx\n${ESC}[2J${ESC}]52;c;cm0gLXJm\u0007${ESC}[6n`));
    output.end();
    expect(said.out).toBe(
      `${ESC}[1;32mdone${ESC}[K\r50 %\tx\n\\u001b[2J\\u001b]52;c;cm0gLXJm\\u0007\\u001b[6n${ESC}[0m`,
    );
  });

  test('it is the same in whatever pieces it comes, and bytes that are no letters stop nothing', () => {
    fc.assert(
      fc.property(strange, fc.array(fc.nat(40)), (text, cuts) => {
        const whole = bytes(`${text}${ESC}[1;3`);
        const pieces: Uint8Array[] = [];
        let at = 0;
        for (const length of cuts) {
          pieces.push(whole.slice(at, at + length));
          at += length;
        }
        expect(shown(...pieces, whole.slice(at))).toBe(shown(whole));
        expect(shown(whole).replace(new RegExp(`${ESC}\\[[0-9;:]*m|${ESC}\\[[0-2]?K|[\\r\\t]`, 'g'), '')).toMatch(
          HARMLESS,
        );
      }),
    );
    expect(shown(Uint8Array.of(0x9b, 0x32, 0x4a, 0xff))).toBe('�2J�');
  });
});
