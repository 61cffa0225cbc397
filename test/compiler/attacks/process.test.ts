import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { Compiler, Standby } from '../../../compiler/index.js';
import { Feed } from '../../../compiler/source/feed.js';
import { evaluateAll, LIMITS } from '../../../compiler/source/sandbox.js';
import * as processes from '../../../compiler/source/sandbox-process.js';
import { engineFile, sandboxProgram } from '../../../compiler/source/sandbox-program.js';
import { TranslatorEnded, transform } from '../../../compiler/source/translator.js';
import { attack, sandboxes, treeOf } from './attack.js';

// The second boundary: the process around the sandbox, should somebody get out of it, and the translator's.

vi.mock('../../../compiler/source/sandbox-process.js', { spy: true });
afterEach(() => void vi.mocked(processes.startChild).mockRestore());

const feedOf = (...codes: readonly string[]): Feed => {
  const feed = new Feed();
  codes.forEach((code, i) => void feed.addFile({ file: `f${i}.ts`, code, imports: {} }));
  feed.end();
  return feed;
};

/** A program in the sandbox's place, for one child; those after it are real. */
function impostor(program: string): void {
  vi.mocked(processes.startChild).mockImplementationOnce(async () => {
    const child = spawn(process.execPath, ['-e', program], { env: {}, stdio: ['pipe', 'pipe', 'pipe'] });
    return { child, cwd: '', gone: once(child, 'close').then(() => undefined) };
  });
}
const READY = `console.log('{"ready":true}');`;
const GOOD = `module.exports = { default: { hera: 'job', value: {} } };`;

describe('the process around the sandbox', () => {
  test('has no environment, an empty directory of its own, three pipes and no way to write a file', async () => {
    const started = await processes.startChild(await sandboxProgram());
    const { child, gone } = started;
    try {
      // Without the prelude's two functions it still says that it stands.
      const limits = { together: true, fileMs: 1, memoryBytes: 1e8, stackBytes: 1e5 };
      const start = JSON.stringify({ prelude: '({})', wasm: engineFile(), ...limits });
      expect(await processes.standUp(started, `${start}\n`)).toBe(true);
      expect(sandboxes()).toHaveLength(1);
      if (process.platform !== 'linux') return;
      const { readFileSync } = await import('node:fs');
      const proc = `/proc/${child.pid}`;
      expect(
        readFileSync(`${proc}/environ`, 'utf8')
          .replace(/\0/g, '\n')
          .replace(/^(PWD|OLDPWD|SHLVL|_)=.*$/gm, '')
          .trim(),
      ).toBe('');
      const cwd = readlinkSync(`${proc}/cwd`);
      expect(cwd).toMatch(/hera-sandbox-/);
      expect(readdirSync(cwd)).toEqual([]);
      const kernel = readFileSync(`${proc}/limits`, 'utf8');
      expect(kernel).toMatch(/Max file size\s+0\s+0/);
      expect(kernel).toMatch(/Max cpu time\s+300\s+300/);
      expect(kernel).toMatch(/Max open files\s+0\s+0/);
      const opened = readdirSync(`${proc}/fd`).map((fd) => readlinkSync(`${proc}/fd/${fd}`));
      // Of the test's own files, sockets and databases none is there.
      expect(opened.filter((target) => target.startsWith('/') && !target.startsWith('/dev/'))).toEqual([]);
    } finally {
      const cwd = process.platform === 'linux' ? readlinkSync(`/proc/${child.pid}/cwd`) : undefined;
      child.kill('SIGKILL');
      await gone;
      if (cwd) expect(existsSync(cwd)).toBe(false);
    }
  });

  describe('bars whoever got out of QuickJS', () => {
    const planted = join(mkdtempSync(join(tmpdir(), 'hera-bars-')), 'planted.txt');
    writeFileSync(planted, 'planted-52ad1e');
    afterAll(() => rmSync(join(planted, '..'), { recursive: true }));
    const ATTEMPTS: Readonly<Record<string, string>> = {
      'reading a file': `require('fs').readFileSync(${JSON.stringify(planted)}, 'utf8')`,
      'reading this process': `require('fs').readFileSync('/proc/${process.pid}/environ', 'latin1').length > 0`,
      'listing a directory': `require('fs').readdirSync('/').length`,
      'writing beside it': `require('fs').writeFileSync(${JSON.stringify(`${planted}.new`)}, '')`,
      'a process': `require('child_process').execFileSync('/bin/cat', [${JSON.stringify(planted)}], { encoding: 'utf8' })`,
      'a thread': `new (require('worker_threads').Worker)('', { eval: true }) && 'started'`,
      'the insides of Node': `process.binding('fs') && 'reached'`,
    };
    /** The code of the error, or what came of it. */
    const tell = (code: string): string =>
      `let said; try { said = 'got ' + (${code}); } catch (error) { said = error.code ?? error.message; } process.stdout.write(String(said)); process.exit();`;

    test.each(Object.entries(ATTEMPTS))('%s is refused there, and done without the bar', async (_, code) => {
      const args = ['-e', tell(code)];
      const { reads } = await sandboxProgram();
      const { child, gone } = await processes.startChild({ args, reads });
      expect(await text(child.stdout)).toBe('ERR_ACCESS_DENIED');
      await gone;
      expect(existsSync(`${planted}.new`)).toBe(false);
      expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toMatch(/^got /);
      rmSync(`${planted}.new`, { force: true });
    });
  });

  // Node before 25 has no bar for the network: the kernel gives a child that stands no descriptor, and so no socket either.
  describe.runIf(process.platform === 'linux')('keeps whoever got out of QuickJS from every socket', () => {
    const CONNECT = `const s = net.connect(port, '127.0.0.1'); s.on('connect', () => tell('got through')); s.on('error', (e) => tell(e.code));`;
    const WAYS: Readonly<Record<string, string>> = {
      'a connection': CONNECT,
      'a connection after closing the pipe for errors': `require('fs').closeSync(2); ${CONNECT}`,
      'a listener': `const s = net.createServer(); s.on('error', (e) => tell(e.code)); s.listen(0, '127.0.0.1', () => tell('got a port'));`,
      'a datagram': `const s = require('dgram').createSocket('udp4'); s.on('error', (e) => tell(e.code)); s.send('x', port, '127.0.0.1', (e) => tell(e ? e.code : 'got it sent'));`,
    };

    test.each(Object.entries(WAYS))('%s: not with the bar, and without it', async (_, way) => {
      const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const program = `const net = require('net'); const port = ${port}; const tell = (said) => { process.stdout.write(String(said)); process.exit(); };
        process.stdout.write('{}\\n'); process.stdin.on('data', (text) => { if (String(text).includes('2')) { ${way} } });`;
      const run = async (isBarred: boolean): Promise<string> => {
        const { reads } = await sandboxProgram();
        const started = await processes.startChild({ args: ['-e', program], reads });
        const { child, gone } = started;
        if (isBarred) expect(await processes.standUp(started, '1\n')).toBe(true);
        else {
          child.stdin.write('1\n');
          await once(child.stdout, 'data');
        }
        const said = text(child.stdout.resume());
        child.stdin.write('2\n');
        const answer = await said;
        await gone;
        return answer;
      };
      try {
        expect(await run(true)).toBe('EMFILE');
        expect(await run(false)).toMatch(/^got /);
      } finally {
        server.close();
      }
    });
  });

  test.each([
    ['is not JSON', `${READY} console.log('{'); setInterval(() => 0, 1e6);`],
    ['is about another file', `${READY} console.log('{"id":7,"json":"{}"}'); setInterval(() => 0, 1e6);`],
    [
      'stands twice',
      `${READY} const say = () => console.log('{"id":1,"json":"{}"}'); say(); say(); setInterval(() => 0, 1e6);`,
    ],
    ['is no record', `${READY} console.log('null'); setInterval(() => 0, 1e6);`],
    ['has a fault of its own', `${READY} console.log('{"id":0,"fault":"budget"}'); setInterval(() => 0, 1e6);`],
    ['never ends', `${READY} const more = () => process.stdout.write('x'.repeat(65536), more); more();`],
  ])('an answer that %s ends the child, and its successor is asked again', async (_, program) => {
    impostor(program);
    const outcomes = await evaluateAll(feedOf(GOOD, GOOD), { limits: { ...LIMITS, silenceMs: 4_000 } });
    expect(vi.mocked(processes.startChild).mock.calls).toHaveLength(2);
    expect(outcomes.map(({ fault }) => fault)).toEqual([undefined, undefined]);
    expect(outcomes.map(({ json }) => json)).toEqual(Array(2).fill('{"kind":"job","value":{}}'));
  });

  test('a child that never stands up is this machine’s failure, not the author’s', async () => {
    impostor(`console.error('no engine'); process.exit(1)`);
    await expect(evaluateAll(feedOf(GOOD))).rejects.toThrow(/the sandbox did not start: no engine/);
  });
});

describe('the child that is kept ready', () => {
  const job = (n: number) =>
    `import { defineJob, shell } from 'hera';\nexport default defineJob({ title: 'edit ${n}', run: shell('true') });\n`;
  const files = (n: number) => treeOf({ 'hera.project.yaml': 'name: shop\nzone: UTC\n', 'a.ts': job(n) });
  /** The last one that was started, once it is there. */
  const lastStarted = async (count: number) => {
    const { results } = vi.mocked(processes.startChild).mock;
    await vi.waitFor(() => expect(results).toHaveLength(count));
    return (await results.at(-1)!.value) as processes.StartedChild;
  };

  test('is used once by the next compilation, and its successor is started behind it', async () => {
    const standby = new Standby();
    const compiler = new Compiler({ standby });
    await compiler.compile(files(1));
    const waiting = await lastStarted(2);
    await vi.waitFor(() => expect(sandboxes()).toHaveLength(1));
    expect((await compiler.compile(files(2))).manifest?.jobs).toHaveLength(1);
    await waiting.gone;
    expect(waiting.child.signalCode).toBe('SIGKILL');
    const successor = await lastStarted(3);
    standby.end();
    await successor.gone;
    expect(sandboxes()).toEqual([]);
    expect(existsSync(successor.cwd)).toBe(false);
  });

  test('may die, or be another than is needed: the next compilation has a new one', async () => {
    const standby = new Standby();
    const compiler = new Compiler({ standby });
    await compiler.compile(files(1));
    const waiting = await lastStarted(2);
    await vi.waitFor(() => expect(sandboxes()).toHaveLength(1));
    waiting.child.kill('SIGKILL');
    expect((await compiler.compile(files(2))).manifest?.jobs).toHaveLength(1);
    const other = await lastStarted(4);
    await vi.waitFor(() => expect(sandboxes()).toHaveLength(1));
    expect(standby.take('another start\n')).toBeUndefined();
    await other.gone;
    expect(sandboxes()).toEqual([]);
    standby.end();
  });

  test('ends when nobody asks for it', async () => {
    const standby = new Standby(1);
    await standby.prepare('{}\n');
    await (await lastStarted(1)).gone;
    expect(standby.take('{}\n')).toBeUndefined();
  });

  test('keeps no process from ending, and ends with it, its directory too', async () => {
    const module = new URL('../../../compiler/source/standby.ts', import.meta.url).href;
    const program = `import { Standby } from ${JSON.stringify(module)};
      await new Standby().prepare('{}\\n');`;
    const own = mkdtempSync(join(tmpdir(), 'hera-standby-'));
    const env = { ...process.env, TMPDIR: own };
    const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', program];
    execFileSync(process.execPath, args, { env });
    expect(readdirSync(own).filter((name) => name.startsWith('hera-sandbox-'))).toEqual([]);
    rmSync(own, { recursive: true });
  });
});

describe('the translator', () => {
  test('killed while files wait for it, it is started again and no file is blamed', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [
        `j/${i}.ts`,
        `import { defineJob, shell } from 'hera';\nexport default defineJob({ run: shell('true') });\n`,
      ]),
    );
    const attacked = attack(files);
    const children = () =>
      execFileSync('ps', ['-A', '-o', 'ppid=,pid=,args='], { encoding: 'utf8' })
        .split('\n')
        .flatMap((line) => /^\s*(\d+)\s+(\d+)\s+.*esbuild.*--service/.exec(line) ?? [])
        .filter((_, i, all) => i % 3 === 2 && all[i - 1] === String(process.pid));
    let killed = 0;
    while (killed === 0) {
      for (const pid of children()) {
        process.kill(Number(pid), 'SIGKILL');
        killed++;
      }
      await wait(1);
    }
    const { said } = await attacked;
    expect(said).toEqual([]);
    // And the next compilation of this process has one again.
    expect((await attack({})).said).toEqual([]);
  });

  test('what it says of a text is no crash', async () => {
    await expect(transform('const = ;', { loader: 'ts', logLevel: 'silent' })).rejects.not.toBeInstanceOf(
      TranslatorEnded,
    );
    expect((await transform('let a: number = 1', { loader: 'ts' })).code).toBe('let a = 1;\n');
  });
});
