-- Plans as they were shown, by their hash, for a day: who names one that is no longer what would be done is told the difference. What is lost in a
-- crash is only that.
create unlogged table seen_plan (
  hash text primary key,
  at timestamptz not null default now(),
  -- [[job, period in milliseconds, action], …] as JSON, packed where `unpacked` says how long it is.
  periods bytea not null,
  unpacked integer
);
create index seen_plan_at on seen_plan (at);
