-- What people hold back, what is scarce, and where the installation stands.

-- A freeze (the word itself is one of SQL): what it covers does not start. In force until `ended_at`; `until` is when that is due.
create table frozen (
  id bigint generated always as identity primary key,
  project text not null references project,
  scope text not null check (scope in ('project', 'folder', 'group', 'job')),
  -- The folder's path, the group's name, the job's path as it was called then; empty for a project.
  subject text not null,
  job bigint references job,
  reason text not null,
  frozen_by text not null,
  frozen_at timestamptz not null default clock_timestamp(),
  until timestamptz,
  ended_at timestamptz,
  -- Who ended it; 'hera': its time was over.
  ended_by text,
  check ((scope = 'job') = (job is not null))
);
create unique index frozen_in_force on frozen (project, scope, subject) where ended_at is null;
create index frozen_recent on frozen (project, id desc);

-- Pools as the deployment in force has them, and which runs have slots of them.
create table pool (
  project text not null references project,
  name text not null,
  size integer not null check (size > 0),
  primary key (project, name)
);
create table slot (
  run bigint not null references run,
  project text not null,
  pool text not null,
  slots integer not null check (slots > 0),
  taken_at timestamptz not null default clock_timestamp(),
  primary key (run, pool)
);
create index slot_pool on slot (project, pool);

alter table run drop constraint run_waits_on_check;
alter table run add constraint run_waits_on_check
  check (waits_on in ('need', 'overlap', 'parallel', 'retry', 'evaluation', 'freeze', 'pool'));
-- The pool that it waits for: the first, by name, that had not enough.
alter table run add column waits_for text;
create index run_waits_for_freeze on run (project, id) where waits_on = 'freeze';
create index run_waits_for_pool on run (project, waits_for, priority, period, id) where waits_on = 'pool';

alter table outbox drop constraint outbox_kind_check;
alter table outbox add constraint outbox_kind_check
  check (kind in ('start', 'cancel', 'skip', 'release', 'reevaluate', 'thaw', 'places', 'replace'));

-- In which region the installation stands; null: in none.
alter table installation add column region text;

-- What the ledger made up for, newest first.
create index tick_caught_up on tick (project, created_at desc) where trigger = 'catch-up';
