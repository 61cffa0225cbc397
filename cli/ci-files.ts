// What `hera init` writes for CI: on a change the files are validated and the plan is shown; on the branch that deploys it is applied.
// HERA_URL is a variable, HERA_TOKEN a secret: an operator's for plan, an admin's for apply. Without HERA_URL only validate runs.

// `plan --detailed-exitcode` says 2 where something changes: that is no failure of the check.
const PLAN = 'hera plan --format markdown --detailed-exitcode > hera-plan.md || [ $? -eq 2 ]';

export const GITHUB_PATH = '.github/workflows/hera.yml';
export const GITHUB = `name: hera
on:
  pull_request:
  push:
    branches: [main]
# Two deployments of one branch come one after the other.
concurrency:
  group: hera-\${{ github.ref }}
jobs:
  hera:
    runs-on: ubuntu-latest
    env:
      HERA_URL: \${{ vars.HERA_URL }}
      HERA_TOKEN: \${{ secrets.HERA_TOKEN }}
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      # Put \`hera\` on the PATH here: a container image of yours that has it, or a checkout of it that is built.
      - run: hera validate --format text,github
      - name: what it would change
        if: github.event_name == 'pull_request' && env.HERA_URL != ''
        run: |
          ${PLAN}
          cat hera-plan.md >> "$GITHUB_STEP_SUMMARY"
      - run: hera apply
        if: github.event_name == 'push' && env.HERA_URL != ''
`;

export const GITLAB_PATH = '.gitlab-ci.yml';
export const GITLAB = `# HERA_URL and HERA_TOKEN are CI/CD variables; the token is masked and protected. The image has \`hera\` on its PATH.
stages: [check, deploy]
variables:
  GIT_DEPTH: "0"
validate:
  stage: check
  script:
    - hera validate --format text,junit=hera.xml
  artifacts:
    when: always
    reports:
      junit: hera.xml
plan:
  stage: check
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event" && $HERA_URL
  script:
    - ${PLAN}
    - cat hera-plan.md
  artifacts:
    expose_as: what it would change
    paths: [hera-plan.md]
apply:
  stage: deploy
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $HERA_URL
  # Two deployments come one after the other.
  resource_group: hera
  script:
    - hera apply
`;
