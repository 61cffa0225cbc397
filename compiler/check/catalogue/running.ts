import { type CodeEntry, DAILY, job, PROJECT } from './entry.js';

const SCHEDULE = 'schedule: "30 2 * * *"\n';

export const runningCodes: Readonly<Record<string, CodeEntry>> = {
  HERA4001: {
    title: 'an unknown machine group',
    explanation: 'The project lists the groups of machines that exist; no worker would ever take a job of another.',
    failing: job(`machineGroup: hadop\n${DAILY}`, {
      'hera.project.yaml': `${PROJECT['hera.project.yaml']}machineGroups: [default, hadoop]\n`,
    }),
    repaired: job(`machineGroup: hadoop\n${DAILY}`, {
      'hera.project.yaml': `${PROJECT['hera.project.yaml']}machineGroups: [default, hadoop]\n`,
    }),
  },
  HERA4002: {
    title: 'a script that is not there',
    explanation: 'Scripts and files are named relative to the definition, or from the root with a leading `/`.',
    failing: job(`${SCHEDULE}run: { shell: { file: ./reprot.sh } }\n`, { 'report.sh': 'true\n' }),
    repaired: job(`${SCHEDULE}run: { shell: { file: ./report.sh } }\n`, { 'report.sh': 'true\n' }),
  },
  HERA4003: {
    title: 'a script outside the repository',
    explanation: 'Only what is in the commit can be run again from the commit.',
    failing: job(`${SCHEDULE}run: { shell: { file: ../report.sh } }\n`),
    repaired: job(`${SCHEDULE}run: { shell: { file: ./report.sh } }\n`, { 'report.sh': 'true\n' }),
  },
  HERA4004: {
    title: 'variables that hold each other',
    explanation: 'A value may hold other variables, ten levels deep, and never itself.',
    failing: job(`vars: { a: "\${b}", b: "\${a}" }\n${SCHEDULE}run: { shell: "echo \${a}" }\n`),
    repaired: job(`vars: { a: "\${b}", b: "1" }\n${SCHEDULE}run: { shell: "echo \${a}" }\n`),
  },
  HERA4005: {
    title: 'an expression that cannot be rendered',
    explanation:
      'Formats are those of Java’s SimpleDateFormat; `needs.<job>.<key>` names an output of a job that is needed.',
    failing: job(`${SCHEDULE}run: { shell: "echo \${date:qqq}" }\n`),
    repaired: job(`${SCHEDULE}run: { shell: "echo \${date:yyyy-MM-dd}" }\n`),
  },
  HERA4006: {
    title: 'a variable that hides a built-in',
    explanation: '`bizdate` means the same in every script.',
    failing: job(`vars: { bizdate: "1" }\n${DAILY}`),
    repaired: job(`vars: { day: "1" }\n${DAILY}`),
  },
  HERA4007: {
    title: 'an unknown variable',
    explanation: 'What is no variable is left to the shell. This is a note: it may be meant, then `$${name}` says so.',
    failing: job(`${SCHEDULE}run: { shell: "echo \${tabel}" }\n`),
    repaired: job(`${SCHEDULE}run: { shell: "echo $\${tabel}" }\n`),
  },
  HERA4008: {
    title: 'two files with one name',
    explanation: 'Files lie beside the script under their own names.',
    failing: job(`${SCHEDULE}run: { shell: { script: "true", files: [a/x.txt, b/x.txt] } }\n`, {
      'a/x.txt': 'a',
      'b/x.txt': 'b',
    }),
    repaired: job(`${SCHEDULE}run: { shell: { script: "true", files: [a/x.txt, b/y.txt] } }\n`, {
      'a/x.txt': 'a',
      'b/y.txt': 'b',
    }),
  },
  HERA4009: {
    title: 'a name that the project does not have',
    explanation:
      'Pools, regions and alert channels are defined in the project; a run takes at most as many slots as a pool has.',
    failing: job(`pools: [warehouse]\n${DAILY}`),
    repaired: job(`overlap: wait\n${DAILY}`),
  },
  HERA4010: {
    title: 'a parameter that nobody gives',
    explanation: 'A run that a tick makes is given nothing: each of its parameters has a default.',
    failing: job(`params: { day: { type: date } }\n${DAILY}`),
    repaired: job(`params: { day: { type: date, default: "\${bizdate}" } }\n${DAILY}`),
  },
  HERA4011: {
    title: 'a parameter that is also a variable',
    explanation: 'A parameter is a variable of its job, and its default is the value. Of two values one would be lost.',
    failing: job(`params: { table: { type: string, default: a } }\nvars: { table: b }\n${DAILY}`),
    repaired: job(`params: { table: { type: string, default: b } }\n${DAILY}`),
  },
  HERA4013: {
    title: 'a shell that only starts a file',
    explanation:
      'A text behind `shell` is a script of its own. One that only names a file works when that file is executable, but the file is no script of Hera then: `${…}` in it is left alone. This is a note.',
    failing: job(`${SCHEDULE}run: { shell: ./load.sh }\n`, { 'load.sh': 'echo ${bizdate}\n' }),
    repaired: job(`${SCHEDULE}run: { shell: { file: ./load.sh } }\n`, { 'load.sh': 'echo ${bizdate}\n' }),
  },
  HERA4014: {
    title: 'the name of a file instead of a script',
    explanation: 'A text behind `python`, `hive` or `spark` is the script itself; a file is named in `file`.',
    failing: job(`${SCHEDULE}run: { python: ./load.py }\n`, { 'load.py': 'print(1)\n' }),
    repaired: job(`${SCHEDULE}run: { python: { file: ./load.py } }\n`, { 'load.py': 'print(1)\n' }),
  },
  HERA4015: {
    title: 'a script that is no text',
    explanation:
      'Scripts are rendered as UTF-8: bytes of another encoding would become other letters, and no shell reads on behind a NUL. What stands in `files` is laid beside the script as it is, and may be anything.',
    failing: job(`${SCHEDULE}run: { shell: { file: ./report.sh } }\n`, { 'report.sh': 'bytes 6563686f20cafd0a' }),
    repaired: job(`${SCHEDULE}run: { shell: { file: ./report.sh } }\n`, { 'report.sh': 'echo 数\n' }),
  },
  HERA4017: {
    title: 'an engine that is told what it cannot do',
    explanation:
      'Such a run would fail each time: beeline without an address, `hive -f` with one, SQL with arguments or in cluster mode, `java -jar` with a class path, a jar from elsewhere without its class.',
    failing: job(`${SCHEDULE}run: { spark: { script: select 1, args: [a] } }\n`),
    repaired: job(`${SCHEDULE}run: { spark: { script: "select '\${table}'", vars: { table: a } } }\n`),
  },
  HERA4016: {
    title: 'a template of another scheduler',
    explanation:
      'Nobody renders `{{ ds }}` or `$[yyyyMMdd-1]` here: the script would get them as they stand. Only what Airflow and DolphinScheduler call by these names is told. This is a warning: a script may render them itself.',
    failing: job(`${SCHEDULE}run: { shell: "./load.sh {{ ds }}" }\n`),
    repaired: job(`${SCHEDULE}run: { shell: "./load.sh \${date-1d:yyyy-MM-dd}" }\n`),
  },
};
