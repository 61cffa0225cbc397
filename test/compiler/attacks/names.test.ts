import { describe, expect, test } from 'vitest';
import { attack, everythingIn } from './attack.js';

// Names that mean one thing here and another there: paths, ids, keys.

describe('a path in `file:` is a file of the commit, letter by letter', () => {
  test.each([
    ['climbing', '../../etc/passwd', 'HERA4003'],
    ['absolute', '/etc/passwd', 'HERA4002'],
    ['with backslashes', '..\\\\..\\\\load.sh', 'HERA4002'],
    ['with a NUL', 'load.sh\\0.txt', 'HERA1002'],
    ['with percent signs', '%2e%2e/load.sh', 'HERA4002'],
    ['with a slash that only looks like one', '.\u2215load.sh', 'HERA4002'],
    ['with full-width dots', '\uff0e\uff0e/load.sh', 'HERA4002'],
    ['with a URL', 'file:///etc/passwd', 'HERA4002'],
    ['in another case', 'LOAD.SH', 'HERA4002'],
  ])('%s', async (_, written, code) => {
    const { said } = await attack({ 'x.yaml': `run: { shell: { file: "${written}" } }\n`, 'load.sh': 'true\n' });
    expect(said).toEqual([`x.yaml ${code}`]);
  });

  test('written plainly it is found', async () => {
    const { said } = await attack({ 'x.yaml': 'run: { shell: { file: "./load.sh" } }\n', 'load.sh': 'true\n' });
    expect(said).toEqual([]);
  });

  test('a name composed in the other Unicode form is another file', async () => {
    const [composed, apart] = ['é.sh', 'e\u0301.sh'];
    expect((await attack({ 'x.yaml': `run: { shell: { file: "${composed}" } }\n`, [apart]: 'x' })).said).toEqual([
      'x.yaml HERA4002',
    ]);
    expect((await attack({ 'x.yaml': `run: { shell: { file: "${apart}" } }\n`, [apart]: 'x' })).said).toEqual([]);
  });
});

describe('ids', () => {
  test('that differ only in case are one too many, those in other letters or Unicode forms are none', async () => {
    const run = 'run: { shell: "true" }\n';
    expect((await attack({ 'dw/x.yaml': run, 'dw/X.yaml': run })).said).toEqual([
      expect.stringMatching(/^dw\/[xX].yaml HERA2004$/),
    ]);
    const { said } = await attack({ 'é.yaml': run, 'e\u0301.yaml': run, 'оrders.yaml': run });
    expect(said.map((one) => one.slice(-8))).toEqual(['HERA2001', 'HERA2001', 'HERA2001']);
  });

  test('as long as a path can be are refused by their bytes', async () => {
    expect((await attack({ [`${'d/'.repeat(2_040)}x.yaml`]: 'run: { shell: "true" }\n' })).said).toEqual([
      expect.stringMatching(/HERA2007$/),
    ]);
  });

  test('that are members of every object are ids like others', async () => {
    const { said } = await attack({
      'constructor.yaml': 'run: { shell: "true" }\n',
      '__proto__/x.ts': 'for (;;);',
      'toString.yaml': 'needs: [hasOwnProperty]\nrun: { shell: x }\n',
    });
    expect(said).toEqual(['toString.yaml HERA2003']);
  });
});

describe('keys called `__proto__` and documents that unfold', () => {
  test.each([
    ['YAML', 'x.yaml', '__proto__: { title: polluted }\nrun: { shell: "true" }\n'],
    ['YAML in variables', 'x.yaml', 'vars: { __proto__: { polluted: "1" } }\nrun: { shell: "true" }\n'],
    ['YAML by a merge', 'x.yaml', 'vars:\n  <<: { __proto__: { polluted: "1" } }\nrun: { shell: "true" }\n'],
    [
      'TypeScript',
      'x.ts',
      `import { defineJob } from 'hera';\nexport default defineJob(JSON.parse('{"__proto__":{"title":"polluted"},"run":{"shell":"true"}}'));\n`,
    ],
    [
      'several jobs',
      'x.ts',
      `import { defineJobs } from 'hera';\nexport default defineJobs(JSON.parse('{"__proto__":{"run":{"shell":"true"}}}'));\n`,
    ],
  ])('%s: a mistake or a plain member, never a prototype', async (_, file, text) => {
    const { compiled } = await attack({ [file]: text });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(({} as Record<string, unknown>).title).toBeUndefined();
    expect(compiled.manifest).toBeNull();
  });

  test('a billion laughs are a diagnostic in a moment', async () => {
    const levels = 'abcdefghij'.split('');
    const lines = levels.map(
      (name, i) =>
        `${name}: &${name} [${Array(10)
          .fill(i === 0 ? 'ha' : `*${levels[i - 1]}`)
          .join(', ')}]`,
    );
    const { said, compiled } = await attack({ 'x.yaml': `vars:\n  x: 1\n${lines.join('\n')}\n` });
    expect(said.every((one) => one.startsWith('x.yaml HERA1'))).toBe(true);
    expect(said).toContain('x.yaml HERA1010');
    expect(everythingIn(compiled).length).toBeLessThan(10_000);
  });

  test('an alias of itself and merges of merges end', async () => {
    expect(
      (await attack({ 'x.yaml': 'a: &a [*a]\nrun: { shell: "true" }\n' })).said.every((one) =>
        one.startsWith('x.yaml '),
      ),
    ).toBe(true);
    const merges = Array.from(
      { length: 200 },
      (_, i) => `m${i}: &m${i} { <<: ${i === 0 ? '{ a: 1 }' : `*m${i - 1}`} }`,
    ).join('\n');
    expect(
      (await attack({ 'x.yaml': `${merges}\nrun: { shell: "true" }\n` })).said.every((one) =>
        one.startsWith('x.yaml '),
      ),
    ).toBe(true);
  });
});
