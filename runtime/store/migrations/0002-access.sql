-- Who may ask. Tokens and sessions are kept as SHA-256 only.

create table account (
  name text primary key,
  role text not null check (role in ('viewer', 'operator', 'admin')),
  created_at timestamptz not null default now(),
  disabled_at timestamptz
);

-- Personal and machine-made API tokens.
create table token (
  id uuid primary key default gen_random_uuid(),
  hash bytea not null unique,
  account text not null references account,
  label text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);

-- Works once, for ten minutes, exchanged by POST for a session.
create table sign_in_link (
  hash bytea primary key,
  account text not null references account,
  expires_at timestamptz not null,
  used_at timestamptz
);

create table session (
  hash bytea primary key,
  account text not null references account,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  last_seen_at timestamptz not null default now(),
  revoked_at timestamptz
);

-- A worker's credential for /api/worker/v1; names the groups it may serve.
create table machine_token (
  id uuid primary key default gen_random_uuid(),
  hash bytea not null unique,
  label text not null,
  machine_groups text[] not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  last_used_at timestamptz
);

-- One process start of a worker.
create table worker_instance (
  id uuid primary key,
  token uuid not null references machine_token,
  host text not null,
  pid integer not null,
  machine_groups text[] not null,
  version text not null,
  started_at timestamptz not null default now(),
  renewed_at timestamptz not null default clock_timestamp(),
  -- {"cpus": …, "memoryBytes": …, "load": [1, 5, 15], "slotsUsed": …, "slots": …}
  facts jsonb not null default '{}',
  draining boolean not null default false,
  gone_at timestamptz
);
create index worker_instance_live on worker_instance (renewed_at desc) where gone_at is null;
