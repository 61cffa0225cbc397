-- The core: definitions as deployed, what is due, what ran, what is true of each period.
-- Words are those of docs/architecture.md. Every key begins with the project. Instants are timestamptz; a period has whole seconds.

-- Written once by the first start; another installation that meets it refuses to share the namespace.
create table installation (
  id uuid primary key,
  created_at timestamptz not null default now(),
  single boolean not null default true unique check (single)
);

create table project (
  name text primary key check (name ~ '^[a-z0-9-]{1,30}$'),
  -- The deployment in force; null before the first.
  deployment bigint,
  created_at timestamptz not null default now()
);

-- A job is a number, given at its first deployment; its path is its name in a deployment.
create table job (
  id bigint generated always as identity primary key,
  project text not null references project,
  path text not null,
  alias integer,
  first_deployment bigint not null,
  -- The deployment that removed it; its history stays.
  removed_in bigint,
  created_at timestamptz not null default now()
);
create unique index job_path on job (project, path) where removed_in is null;
create index job_former_path on job (project, path);

create table deployment (
  id bigint generated always as identity primary key,
  project text not null references project,
  previous bigint,
  commit text not null,
  subject text not null,
  author text not null,
  committed_at timestamptz,
  -- Made from a working tree, not from a branch: only a local `hera up` may.
  dirty boolean not null default false,
  manifest_hash text not null,
  config jsonb not null,
  changes jsonb not null,
  applied_by text not null,
  -- Read by clock_timestamp() under the project's row lock: the order of commit and of force are one.
  in_force_at timestamptz not null
);
create index deployment_project on deployment (project, id desc);

-- A compiled job, by the hash of its canonical bytes: shared by all deployments in which it is the same.
create table definition (
  hash text primary key,
  body jsonb not null
);

-- Scripts and files of definitions, by content.
create table blob (
  sha256 text primary key,
  bytes bytea not null
);

-- Which definition a job has from one deployment (inclusive) until another (exclusive; null: still).
create table job_definition (
  job bigint not null references job,
  since bigint not null references deployment,
  until bigint,
  project text not null,
  path text not null,
  hash text not null references definition,
  timetable text,
  enabled boolean not null,
  primary key (job, since)
);
create index job_definition_in_force on job_definition (project, path) where until is null;
create index job_definition_timetable on job_definition (timetable, since);
create index job_definition_span on job_definition (project, since, until);

create table timetable (
  id text primary key,
  project text not null references project,
  calendar jsonb not null,
  note text not null,
  spec jsonb not null,
  spec_hash text not null,
  -- Ticks before it are settled: made, skipped, or not due. The ledger moves it.
  watermark timestamptz not null,
  -- Since when some deployment uses it; null: none does, it goes once its watermark has passed `retired_at`.
  used_since timestamptz,
  retired_at timestamptz,
  -- Whether we believe that Temporal has its schedule; the ledger looks.
  scheduled boolean not null default false
);
create index timetable_project on timetable (project);
create index timetable_due on timetable (watermark) where used_since is not null or scheduled;

-- One firing of a timetable, bound to the deployment in force at its first page.
create table tick (
  timetable text not null references timetable,
  instant timestamptz not null,
  project text not null,
  deployment bigint not null references deployment,
  trigger text not null check (trigger in ('schedule', 'catch-up')),
  -- For a tick that was missed: whether it is the newest missed one of its timetable (catch-up `latest`).
  newest boolean not null default true,
  pages_done integer not null default 0,
  -- The last job number of the last page done.
  cursor bigint not null default 0,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (timetable, instant)
);
create index tick_unfinished on tick (created_at) where finished_at is null;

create table run (
  id bigint generated always as identity primary key,
  project text not null,
  job bigint not null references job,
  period timestamptz not null,
  -- The Temporal workflow id it was made with; never changes.
  workflow_id text not null,
  state text not null check (state in ('waiting', 'queued', 'running', 'succeeded', 'failed', 'timed_out', 'cancelled', 'skipped')),
  -- The trigger it still has to serve; null: none.
  owed text check (owed in ('schedule', 'dependency', 'catch-up', 'recover', 'cascade', 'backfill')),
  -- The operation for which it is owed (a backfill, a cascade).
  operation bigint,
  -- Of its last turn; of what is owed while it has none.
  trigger text not null,
  -- The deployment by which its needs were evaluated.
  evaluated_by bigint not null references deployment,
  -- Number of the last turn; 0: none yet.
  turn integer not null default 0,
  -- Before a manual turn: the state to come back to.
  state_before text,
  reasons_before jsonb,
  -- Why it waits, was skipped, or failed: [{"kind": …, …}].
  reasons jsonb not null default '[]',
  -- The one thing that holds back a run that waits: what to look for when it is gone.
  waits_on text check (waits_on in ('need', 'overlap', 'parallel', 'retry', 'evaluation')),
  retry_at timestamptz,
  -- 1 (first) … 5, copied from the definition for the sweep's order.
  priority smallint not null default 3,
  queued_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  unique (project, job, period)
);
create index run_by_job on run (job, period desc, id desc);
create index run_by_state on run (project, state, period desc, id desc);
create index run_by_period on run (project, period desc, id desc);
create index run_by_operation on run (operation, state, period, id) where operation is not null;
create index run_open on run (state, id) where state in ('waiting', 'queued', 'running');
create index run_waits_for_overlap on run (job, period) where waits_on = 'overlap';
create index run_waits_for_parallel on run (operation, period, id) where waits_on = 'parallel';
create unique index run_workflow on run (workflow_id);

create table turn (
  run bigint not null references run,
  n integer not null,
  trigger text not null check (trigger in ('schedule', 'dependency', 'catch-up', 'manual', 'recover', 'cascade', 'backfill', 'scratch')),
  operation bigint,
  -- The definition it is pinned to, from its admission on.
  deployment bigint references deployment,
  definition text references definition,
  -- Its needs as they were met at admission: [{"job": path, "period": …, "state": …}].
  inputs jsonb not null default '[]',
  -- Retries of the same trigger before this one.
  retry integer not null default 0,
  asked_by text not null,
  asked_at timestamptz not null default now(),
  -- It may not start before (a retry's wait).
  not_before timestamptz,
  cancel_requested_at timestamptz,
  cancel_requested_by text,
  admitted_at timestamptz,
  opened_at timestamptz,
  temporal_run_id text,
  -- How it ended (workflows/contract.ts `Ending`); null: live.
  ending jsonb,
  outcome text check (outcome in ('succeeded', 'failed', 'timed_out', 'cancelled')),
  -- What settle answered, so that a second settle says the same.
  settled jsonb,
  ended_at timestamptz,
  primary key (run, n)
);
create unique index turn_live on turn (run) where ending is null;

-- What is true of a period. The lock order of every transaction: facts by (project, job, period), runs by id.
create table fact (
  project text not null,
  job bigint not null references job,
  period timestamptz not null,
  state text not null check (state in ('none', 'succeeded', 'failed', 'timed_out', 'cancelled', 'skipped')),
  reason text,
  run bigint,
  turn integer,
  -- The result before an operation set this one to 'none'.
  former jsonb,
  outputs jsonb,
  at timestamptz not null default now(),
  primary key (project, job, period)
);

-- What a waiting run awaits. Rows live only while it waits.
create table need (
  run bigint not null references run,
  ord integer not null,
  project text not null,
  job bigint not null references job,
  period timestamptz not null,
  mode text not null check (mode in ('success', 'finished')),
  optional boolean not null default false,
  met boolean not null default false,
  primary key (run, ord, job, period)
);
create index need_awaited on need (project, job, period) where not met;

-- Overlap: one run of a job at a time, taken by `insert … on conflict do nothing`.
create table hold (
  job bigint primary key references job,
  run bigint not null references run,
  taken_at timestamptz not null default now()
);
create index hold_run on hold (run);

-- What is owed to Temporal. A row is deleted only by its effect (`open` took the turn, the turn ended), never by the sender.
create table outbox (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('start', 'cancel', 'skip', 'release', 'reevaluate')),
  project text not null,
  run bigint references run,
  turn integer,
  priority smallint not null default 3,
  due timestamptz not null default now(),
  sends integer not null default 0,
  sent_at timestamptz,
  next_send_at timestamptz not null default now(),
  body jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create unique index outbox_run on outbox (run, kind) where run is not null;
create index outbox_due on outbox (priority, next_send_at, id);
create index outbox_next on outbox (next_send_at);

-- Operations by people: run, backfill, cancel … A backfill and a cascade have members (runs with `operation`).
create table operation (
  id bigint generated always as identity primary key,
  project text not null references project,
  kind text not null check (kind in ('run', 'backfill', 'recover', 'cascade', 'cancel', 'mark', 'freeze')),
  request jsonb not null,
  plan_hash text not null,
  asked_by text not null,
  asked_at timestamptz not null default now(),
  -- How many members its plan has, and how far they are made.
  members integer not null default 0,
  cursor jsonb,
  finished_at timestamptz
);
create index operation_project on operation (project, kind, id desc);
create index operation_unfinished on operation (kind, id) where finished_at is null;

-- One process. Partitioned by month of `begun_at`; (run, n) is unique because begin numbers it under the run's row lock.
create table attempt (
  run bigint not null,
  n integer not null,
  turn integer not null,
  project text not null,
  job bigint not null,
  state text not null check (state in ('live', 'ended', 'lost')),
  -- The worker instance that holds it, its host and group.
  instance uuid not null,
  host text not null,
  machine_group text not null,
  deployment bigint not null,
  commit text not null,
  definition text not null,
  inputs jsonb not null default '[]',
  pid integer,
  begun_at timestamptz not null,
  renewed_at timestamptz not null,
  contested_at timestamptz,
  ended_at timestamptz,
  ending jsonb,
  outcome text,
  log_bytes bigint not null default 0,
  -- Total length, once the worker said that no more will come.
  log_sealed bigint,
  primary key (run, n, begun_at)
) partition by range (begun_at);
create index attempt_live on attempt (instance) where state = 'live';
create index attempt_run on attempt (run, turn);
create table attempt_default partition of attempt default;

-- Log bytes as shipped, in order: chunk k begins where k-1 ended. Partitioned by week of the attempt's begin.
create table log_chunk (
  begun_at timestamptz not null,
  run bigint not null,
  attempt integer not null,
  at_byte bigint not null,
  bytes bytea not null,
  received_at timestamptz not null default now(),
  primary key (run, attempt, at_byte, begun_at)
) partition by range (begun_at);
create table log_chunk_default partition of log_chunk default;

-- What changed, for live views. Readers stop below pg_snapshot_xmin, so that none is passed over.
create table event (
  id bigint generated always as identity,
  xid xid8 not null default pg_current_xact_id(),
  at timestamptz not null default clock_timestamp(),
  project text not null,
  kind text not null,
  run bigint,
  body jsonb not null default '{}',
  primary key (id, at)
) partition by range (at);
create table event_default partition of event default;
create index event_run on event (run, id);
create index event_order on event (xid, id);

-- Every write by a person or a token.
create table audit (
  id bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  project text,
  who text not null,
  via text not null,
  what text not null,
  subject text,
  body jsonb not null default '{}',
  primary key (id, at)
) partition by range (at);
create table audit_default partition of audit default;
create index audit_recent on audit (at desc, id desc);
