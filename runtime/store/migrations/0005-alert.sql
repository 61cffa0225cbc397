-- What somebody on call must hear of: one row for each thing that happened, a list for people, and what is owed to the webhook.
create table alert (
  id bigint generated always as identity primary key,
  -- What it is about: the same thing found again makes no second row.
  key text not null unique,
  project text,
  kind text not null check (kind in ('run-failed', 'backfill-failed', 'ticks-missed', 'group-idle', 'bug', 'test')),
  run bigint,
  body jsonb not null default '{}',
  raised_at timestamptz not null default clock_timestamp(),
  -- Delivery, where a webhook is configured.
  sends integer not null default 0,
  next_send_at timestamptz not null default clock_timestamp(),
  delivered_at timestamptz,
  -- Too old to be sent: nobody is woken by yesterday's news.
  given_up_at timestamptz,
  last_error text
);
create index alert_due on alert (next_send_at) where delivered_at is null and given_up_at is null;
create index alert_recent on alert (project, id desc);
create index alert_old on alert (raised_at);
