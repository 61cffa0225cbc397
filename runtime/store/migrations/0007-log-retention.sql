-- The weeks whose output was dropped, by their Monday: an attempt that began in one says that its output has expired.
create table log_week_dropped (
  week date primary key,
  dropped_at timestamptz not null default now()
);
