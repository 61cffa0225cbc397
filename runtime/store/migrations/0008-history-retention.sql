-- The months whose attempts were dropped, by their first day: a run that began in one says that its attempts have expired.
create table history_month_dropped (
  month date primary key,
  dropped_at timestamptz not null default now()
);
