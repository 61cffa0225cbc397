-- Where deployments come from: the branch that may deploy, what the last look at it found, and what a rollback restored.

create table source (
  project text primary key references project,
  -- What the server itself reads (a path or an address); null: it reads none, commits come by push or from CI alone.
  repository text,
  branch text not null,
  -- The project's folder in the repository.
  under text not null default '',
  set_by text not null,
  set_at timestamptz not null default now(),
  -- What the last look found; see runtime/source/look.ts.
  state text not null default 'unknown'
    check (state in ('unknown', 'in-force', 'behind', 'rolled-back', 'broken', 'refused', 'unreachable')),
  -- The branch's head at that look, and why it is not in force.
  commit text,
  reason text,
  help text,
  -- Since when it is so.
  since timestamptz not null default now(),
  looked_at timestamptz
);

alter table deployment
  add column under text not null default '',
  -- The branch by which it came; null: none was named, or it is a rollback.
  add column branch text,
  -- The earlier deployment whose commit a rollback put in force again.
  add column restores bigint references deployment,
  -- Why, as the person who rolled back said.
  add column reason text;
