// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are the subject of this file
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkTemplate, type RenderInput, render } from '../../../compiler/render/index.js';

const period = Date.UTC(2026, 10, 22, 18, 30);
const run: RenderInput = {
  vars: [{ table: 'dw.orders', n: '${table}' }],
  period,
  zone: 'Asia/Shanghai',
  dataInterval: { start: period - 86_400_000, end: period },
  builtins: {},
};

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const signs = fc.string({
  unit: fc.constantFrom('$', '{', '}', ':', "'", '.', '-', '1', 'd', 'date', 'yyyy', 'n', 'table', 'zdt', '\n', '中'),
  maxLength: 40,
});

test('a text without `${` is unchanged', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), signs), (text) => {
      fc.pre(!text.includes('${'));
      expect(render(text, run)).toEqual({ text, problems: [], unknown: [] });
    }),
  );
});

test('`$${x}` gives `${x}`', () => {
  fc.assert(
    fc.property(name, (x) => {
      expect(render(`$\${${x}}`, run).text).toBe(`\${${x}}`);
    }),
  );
});

test('what the shell does with a variable is unchanged, also for names we know', () => {
  const operator = fc.constantFrom(
    ':-',
    ':=',
    ':+',
    ':?',
    '-',
    '%',
    '%%',
    '#',
    '##',
    '/',
    '//',
    '^^',
    ',,',
    ':0:',
    '[@]',
    '[1]',
  );
  const word = fc.stringMatching(/^[0-9/ _]{0,6}$/);
  fc.assert(
    fc.property(fc.oneof(name, fc.constantFrom('date', 'table', 'bizdate')), operator, word, (x, sign, rest) => {
      const text = `echo "\${${x}${sign}${rest}}" \${#${x}} $${x}`;
      const once = render(text, run);
      expect(once).toEqual({ text, problems: [], unknown: [] });
      expect(render(once.text, run)).toEqual(once);
    }),
  );
});

test('any text is answered, with every problem inside it, and the check finds the same names', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        signs,
        signs.map((inside) => `\${${inside}}`),
      ),
      (text) => {
        const { problems, unknown } = render(text, run);
        for (const { offset, length } of [...problems, ...unknown]) {
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(offset + length).toBeLessThanOrEqual(text.length);
          expect(text.slice(offset, offset + 2)).toBe('${');
        }
        expect(checkTemplate(text, run.vars)).toEqual({ problems, unknown });
      },
    ),
    { numRuns: 500 },
  );
});
