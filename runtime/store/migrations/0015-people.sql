-- People: passwords, identities of an OpenID provider, teams, grants, sessions one can see and end, tokens with scopes.

alter table account
  add column title text,
  -- argon2id, as a PHC string; null: no sign-in by password.
  add column password text,
  -- Who the OpenID provider says it is; the pair names one person for ever, a name may change.
  add column issuer text,
  add column subject text,
  add column last_sign_in_at timestamptz,
  add column removed_at timestamptz;
create unique index account_identity on account (issuer, subject) where subject is not null;

-- Who is in a team, beside those whom the project file names. `oidc`: by a group, as of the last sign-in.
create table team_member (
  team text not null,
  account text not null references account,
  source text not null check (source in ('admin', 'oidc')),
  primary key (account, team, source)
);
create index team_member_team on team_member (team);

-- What a group of the OpenID provider gives to who is in it: a place in a team, or a role.
create table oidc_group (
  id bigint generated always as identity primary key,
  name text not null,
  team text,
  role text check (role in ('viewer', 'operator', 'admin')),
  check ((team is null) <> (role is null))
);
create unique index oidc_group_once on oidc_group (name, coalesce(team, ''), coalesce(role, ''));

-- A role on a folder and all below it, for an account or a team. The empty folder is the whole project.
create table folder_grant (
  id bigint generated always as identity primary key,
  project text not null,
  folder text not null,
  role text not null check (role in ('viewer', 'operator', 'owner')),
  account text references account,
  team text,
  granted_by text not null,
  granted_at timestamptz not null default now(),
  check ((account is null) <> (team is null))
);
create unique index folder_grant_once on folder_grant (project, folder, coalesce(account, ''), coalesce(team, ''));
create index folder_grant_account on folder_grant (account) where account is not null;
create index folder_grant_team on folder_grant (team) where team is not null;

alter table session
  add column id uuid not null default gen_random_uuid(),
  add column address text,
  add column agent text,
  -- link, password, oidc
  add column way text not null default 'link';
create unique index session_id on session (id);
create index session_account on session (account);

-- Null: all that its account may.
alter table token add column scopes text[];
alter table machine_token add column expires_at timestamptz;

-- Tries at a password, by account and by address, since the last time that one was right or the window ran out.
create table sign_in_try (
  key text primary key,
  tries integer not null,
  since timestamptz not null,
  closed_until timestamptz
);

-- A sign-in that is with the OpenID provider now; used once.
create table oidc_sign_in (
  state bytea primary key,
  nonce text not null,
  verifier text not null,
  next text not null,
  expires_at timestamptz not null
);

-- From which address a write was asked; null: by Hera itself.
alter table audit add column address text;
create index audit_who on audit (who, at desc, id desc);
create index audit_what on audit (what, at desc, id desc);
create index audit_subject on audit (subject, at desc, id desc);

-- Answers to writes that named an idempotency key, for a day. No answer yet: the first request is under way, or was cut off.
create table idempotency (
  account text not null,
  key text not null,
  request bytea not null,
  at timestamptz not null default now(),
  status integer,
  answer text,
  primary key (account, key)
);
create index idempotency_at on idempotency (at);
