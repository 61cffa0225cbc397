#!/usr/bin/env node
// Builds what runs: TypeScript → dist/, the workflow bundle, the pages. Each step is left out when its inputs have not changed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const only = process.argv.slice(2);
const SKIP = new Set(['node_modules', '.next', 'dist', 'fixtures']);

/** All files below the given paths, in order. */
function* filesBelow(path) {
  if (!existsSync(path)) return;
  if (statSync(path).isFile()) return yield path;
  for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (SKIP.has(entry.name) || entry.name === 'next-env.d.ts' || entry.name.endsWith('.tsbuildinfo')) continue;
    const child = join(path, entry.name);
    if (entry.isDirectory()) yield* filesBelow(child);
    else yield child;
  }
}

function hashOf(inputs) {
  const hash = createHash('sha256').update(process.version);
  for (const input of inputs)
    for (const file of filesBelow(join(root, input)))
      hash.update(`${file.slice(root.length)}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

const stampFile = (name) => join(root, 'dist', `.${name}.built`);

function step(name, inputs, output, run) {
  if (only.length > 0 && !only.includes(name)) return;
  const hash = hashOf([...inputs, 'package-lock.json', 'scripts/build.js']);
  const stamp = stampFile(name);
  if (existsSync(stamp) && existsSync(join(root, output)) && readFileSync(stamp, 'utf8') === hash) return;
  const started = Date.now();
  process.stderr.write(`building ${name} …`);
  return Promise.resolve(run()).then(() => {
    mkdirSync(join(root, 'dist'), { recursive: true });
    writeFileSync(stamp, hash);
    process.stderr.write(` ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  });
}

const run = (command, args, env = {}) => {
  try {
    execFileSync(process.execPath, [join(root, 'node_modules', command), ...args], {
      cwd: root,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    process.stderr.write(`\n${error.stdout ?? ''}${error.stderr ?? ''}\n`);
    process.stderr.write(`the build failed in ${command}: mend what it names above and run \`npm run build\` again\n`);
    process.exit(1);
  }
};

const CODE = [
  'compiler',
  'workflows',
  'runtime',
  'cli',
  'examples/demo',
  'examples/calendars',
  'tsconfig.json',
  'tsconfig.build.json',
];

await step('code', CODE, 'dist/cli', () => {
  for (const folder of ['compiler', 'workflows', 'runtime', 'cli', 'examples'])
    rmSync(join(root, 'dist', folder), { recursive: true, force: true });
  run('typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
  cpSync(join(root, 'runtime/store/migrations'), join(root, 'dist/runtime/store/migrations'), { recursive: true });
  cpSync(join(root, 'examples/calendars'), join(root, 'dist/examples/calendars'), { recursive: true });
});

await step('workflows', ['workflows', 'tsconfig.json'], 'dist/workflow-bundle.js', async () => {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error: console.error, log() {} };
  const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'dist/workflows/index.js'), logger: quiet });
  writeFileSync(join(root, 'dist/workflow-bundle.js'), code);
});

if (existsSync(join(root, 'ui/app')))
  await step('pages', ['ui', 'runtime/api', 'tsconfig.json'], 'ui/.next/BUILD_ID', () =>
    run('next/dist/bin/next', ['build', 'ui']),
  );
