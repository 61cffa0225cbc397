-- How a backfill goes: what was asked of it, and what people change while it goes. Its periods are its members.
create table backfill (
  operation bigint primary key references operation,
  -- Which period of those that may start goes first.
  direction text not null default 'forward' check (direction in ('forward', 'backward')),
  -- So many members are under way at once.
  parallel integer not null check (parallel > 0),
  -- So many can be at most, by the jobs themselves: one of each job that may not overlap; null: any number.
  at_once integer,
  -- Members start only while the clock of `zone` stands between these minutes of the day; null: at any time.
  window_from smallint,
  window_to smallint,
  zone text not null default 'UTC',
  -- How often a member is tried again; null: as its job says.
  retries smallint check (retries >= 0),
  paused_at timestamptz,
  paused_by text,
  cancelled_at timestamptz,
  cancelled_by text,
  -- How often its failed members were asked again: each round tells its own end.
  rounds integer not null default 0,
  -- How its members ended, kept when it is finished.
  counts jsonb,
  check ((window_from is null) = (window_to is null))
);
insert into backfill (operation, parallel)
select id, greatest(1, coalesce((request->>'parallel')::int, 1)) from operation where kind = 'backfill';

-- Backfills that were asked before members were rows: each period that the packed list has.
insert into member (operation, ord, job, period, action, state)
select op.id, row_number() over (partition by op.id order by at.period, packed.key::bigint) - 1, packed.key::bigint, at.period, 'run',
       case when run.operation is distinct from op.id then case when op.cursor->>'done' = 'true' then 'left' else 'planned' end
            when run.state in ('waiting', 'queued', 'running') then 'made' else run.state end
from operation op
cross join lateral jsonb_each(op.request->'members') as packed
cross join lateral (select to_timestamp(value::float8) as period from jsonb_array_elements_text(packed.value)) as at
left join run on run.project = op.project and run.job = packed.key::bigint and run.period = at.period
where op.kind = 'backfill' and op.request ? 'members'
on conflict do nothing;
update operation set request = request - 'members',
  cursor = case when cursor->>'done' = 'true' then '{"done": true}'::jsonb else '{"phase": "facts", "at": 0, "done": false}'::jsonb end
where kind = 'backfill';
create index operation_backfills on operation (project, id desc) where kind = 'backfill';
