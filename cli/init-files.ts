// The files of a new project, as `hera init` writes them.
import { GITHUB, GITHUB_PATH, GITLAB, GITLAB_PATH } from './ci-files.js';
import { editorFiles, modeline } from './editor-files.js';

/** Path → text. */
export const projectFiles = (name: string, zone: string): Readonly<Record<string, string>> => ({
  'hera.project.yaml': `${modeline('project')}# The project: a name, the zone of its schedules, and the machine groups its jobs may run on.
name: ${name}
zone: ${zone}
machineGroups: [default]
vars:
  greeting: hello
`,
  'sales/_folder.yaml': `${modeline('folder', '../')}# Defaults for every job below this folder; the nearest wins.
owner: sales
tags: [example]
`,
  'sales/extract.ts': `import { daily, defineJob, shell } from 'hera';

export default defineJob({
  description: 'Takes the orders of the day before',
  schedule: daily('02:30'),
  run: shell({ file: './extract.sh' }),
  retries: { times: 2, wait: '10m' },
});
`,
  'sales/extract.sh': `set -eu
echo "\${greeting}, these are the orders of \${bizdate}"
`,
  'sales/report.yaml': `${modeline('job', '../')}# Runs after this day's extract: no schedule of its own, it fires with what it needs.
description: Counts them
needs: [./extract]
run:
  shell: 'echo "the report of \${bizdate}"'
`,
  'sales/by-hand.yaml': `${modeline('job', '../')}# No schedule and no needs: run it with \`hera run sales/by-hand\`.
description: For trying things out
run:
  python: 'import sys; print("python", sys.version.split()[0])'
`,
  'README.md': `# ${name}

Jobs are the \`.ts\` and \`.yaml\` files here; a job's name is its path.

    hera validate        # is everything right?
    hera up              # all of Hera on this machine; it prints a sign-in link
    hera plan            # what would the last commit change?
    hera apply           # put it in force
    hera run sales/extract --follow
`,
  '.gitignore': `.hera/
node_modules/
`,
  '.editorconfig': `root = true

[*]
end_of_line = lf
insert_final_newline = true
indent_style = space
indent_size = 2
`,
  '.gitattributes': `*.sh text eol=lf
*.py text eol=lf
*.sql text eol=lf
`,
  [GITHUB_PATH]: GITHUB,
  [GITLAB_PATH]: GITLAB,
  ...editorFiles(),
});
