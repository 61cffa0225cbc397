#!/usr/bin/env node
// Completes package-lock.json with the optional packages of other platforms: `node scripts/complete-lock.js`, after every change of a
// dependency. npm leaves out of the lock what a registry mirror lacks or an earlier node_modules hid, and `npm ci` then refuses the whole
// lock on every platform. An entry made here has the exact version its parent asks for, and the platform its name says.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));

const OS = ['darwin', 'win32', 'linux', 'android', 'freebsd', 'openbsd', 'netbsd', 'sunos', 'aix', 'openharmony'];
const CPU = ['arm64', 'x64', 'arm', 'ia32', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'wasm32'];

/** The platform in a package's name: `@swc/core-linux-arm64-gnu` is linux on arm64 with glibc. */
function platformOf(name) {
  const words = name.split('/').at(-1).replaceAll('_', '-').replace('windows', 'win32').split('-');
  const pick = (known) => known.filter((one) => words.includes(one));
  const libc = words.includes('musl')
    ? ['musl']
    : words.includes('gnu') || words.includes('gnueabihf')
      ? ['glibc']
      : [];
  return { os: pick(OS), cpu: pick(CPU), libc };
}

let added = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
    if (places.some((place) => place in lock.packages) || !/^\d/.test(version)) continue;
    const { os, cpu, libc } = platformOf(name);
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(cpu.length > 0 && { cpu }),
      ...(entry.dev && { dev: true }),
      ...(libc.length > 0 && { libc }),
      optional: true,
      ...(os.length > 0 && { os }),
    };
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stderr.write(`${added} optional packages of other platforms added to package-lock.json\n`);
