// Estates made in memory for benchmarks: as many job files as asked for, half TypeScript, half YAML, the same bytes every time.

export type Estate = ReadonlyMap<string, string>;

const FOLDERS = 100;
const isTypeScript = (i: number): boolean => Math.floor(i / FOLDERS) % 2 === 0;
const folderOf = (i: number): string => `dw/area${String(i % FOLDERS).padStart(2, '0')}`;
const minuteOf = (i: number): string => String(i % 60).padStart(2, '0');

const PROJECT = 'name: shop\nzone: Asia/Shanghai\n';
const HOUSE = `export const owner = 'trade';\nexport const scriptOf = (name: string): string => \`echo \${name}\`;\n`;

/** Daily jobs with three needs at most, in their own folder: the one before is of the other language. */
export function dailyEstate(jobs: number): Estate {
  const files = new Map([
    ['hera.project.yaml', PROJECT],
    ['_house.ts', HOUSE],
  ]);
  for (let i = 0; i < jobs; i++) {
    const path = `${folderOf(i)}/job${i}`;
    if (isTypeScript(i)) files.set(`${path}.ts`, typescriptJob(i));
    else files.set(`${path}.yaml`, yamlJob(i));
  }
  return files;
}

function typescriptJob(i: number): string {
  const before = i - FOLDERS;
  const imports = before >= FOLDERS ? `import before from './job${before - FOLDERS}.js';\n` : '';
  const needs = before >= 0 ? `needs: ['./job${before}'${before >= FOLDERS ? ', before' : ''}, self.previous()],` : '';
  return `import { daily, defineJob, self, shell } from 'hera';
import { owner, scriptOf } from '../../_house.js';
${imports}
const table: string = \`table_\${${i}}\`;

export default defineJob({
  description: \`Rows of \${table}, cleaned\`,
  ${i % 3 === 0 || before < 0 ? `schedule: daily('0${i % 7}:${minuteOf(i)}'),` : ''}
  ${needs}
  run: shell({ script: scriptOf(table), args: ['\${bizdate}'], vars: { table } }),
  retries: { times: 2, wait: '10m' },
  owner,
  tags: ['core', 'area${i % FOLDERS}'],
});
`;
}

function yamlJob(i: number): string {
  const before = i - FOLDERS;
  return `# Rows of table ${i}
description: Rows of table ${i}, aggregated
${i % 3 === 0 ? `schedule: "${Number(minuteOf(i))} ${i % 7} * * *"` : 'priority: high'}
needs:
  - ./job${before}
  - { self: previous }
run:
  shell:
    script: |
      set -e
      echo "\${table} of \${bizdate}"
    args: ["\${bizdate}"]
    vars: { table: dw.table_${i} }
retries: { times: 2, wait: 10m }
timeout: 2h
owner: trade
tags: [core, area${i % FOLDERS}]
`;
}

const SCHEDULES: readonly ((i: number) => string)[] = [
  (i) => `"${i % 60} * * * *"`,
  (i) => `"${i % 60} ${i % 24} * * ${i % 7}"`,
  (i) => `"0 ${i % 60} ${i % 24} ? * ${2 + (i % 5)}"`,
  (i) => `["${i % 60} 2 * * *", "${(i * 7) % 60} 14 * * *", "0 ${i % 24} 1 * *"]`,
  (i) => `{ cron: "${i % 60} ${i % 24} * * *", zone: ${ZONES[i % ZONES.length]} }`,
];
const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Shanghai', 'UTC'] as const;
const DEPTH = 8;

/**
 * Hourly, weekly, Quartz, several-schedule and foreign-zone jobs, eight folders deep with defaults at each level; a chain of ten jobs in a folder
 * shares its head's schedule.
 */
export function mixedEstate(jobs: number): Estate {
  const files = new Map([
    ['hera.project.yaml', PROJECT],
    ['_house.ts', HOUSE],
  ]);
  for (let i = 0; i < jobs; i++) {
    const [head, place] = [Math.floor(i / 10), i % 10];
    const levels = Array.from({ length: DEPTH }, (_, level) => `l${Math.floor(head / 2 ** (DEPTH - level)) % 4}`);
    for (let depth = 1; depth <= DEPTH; depth++)
      files.set(
        `${levels.slice(0, depth).join('/')}/_folder.yaml`,
        `owner: team${depth}\nvars: { level${depth}: "${depth}", table: "t\${level${depth}}" }\nenv: { DEPTH: "${depth}" }\n`,
      );
    const path = `${levels.join('/')}/chain${head}/job${place}`;
    const schedule = SCHEDULES[head % SCHEDULES.length]!(head);
    if (i % 2 === 0) files.set(`${path}.ts`, mixedTypeScript(place, schedule, '../'.repeat(DEPTH + 1)));
    else files.set(`${path}.yaml`, mixedYaml(place, schedule));
  }
  return files;
}

const mixedTypeScript = (place: number, schedule: string, up: string): string =>
  `import { defineJob, shell } from 'hera';
import { owner, scriptOf } from '${up}_house.js';
export default defineJob({
  ${place === 0 ? `schedule: ${schedule.replace(/zone: ([^ ]+)/, `zone: '$1'`)},` : `needs: ['./job${place - 1}'],`}
  run: shell({ script: scriptOf('\${table} \${level3} \${bizdate}'), vars: { place: '${place}' } }),
  owner,
});
`;

const mixedYaml = (place: number, schedule: string): string =>
  `${place === 0 ? `schedule: ${schedule}` : `needs: [./job${place - 1}]`}
run: { shell: "echo \${table} \${level3} \${bizdate}" }
tags: [mixed]
`;
