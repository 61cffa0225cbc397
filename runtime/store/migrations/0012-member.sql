-- The members of an operation (backfill, recover, cascade): one row for each period, in the order of its plan, kept as long as the operation.
create table member (
  operation bigint not null references operation,
  ord integer not null,
  job bigint not null references job,
  period timestamptz not null,
  -- What the plan said of it, in the operation's own words, and why.
  action text not null,
  why text not null default '',
  -- `planned`: not made yet; `made`: its run owes the operation a turn, or has one; then how that ended; `withdrawn`: given up before an
  -- attempt of it began, `left`: another operation took its run over.
  state text not null default 'planned'
    check (state in ('planned', 'made', 'withdrawn', 'left', 'succeeded', 'failed', 'timed_out', 'cancelled', 'skipped')),
  -- What its run was and owed when it was made a member: what comes back when the member is withdrawn. Null: it had no run.
  former jsonb,
  primary key (operation, ord),
  unique (operation, job, period)
);
create index member_state on member (operation, state, ord);
