-- The newest output of attempts that have printed more than is kept of their begin: what is stored of their end is known when they end, and
-- until then people read it here. It is shown and forgotten, so it is in no write-ahead log and on no replica.
create unlogged table log_tail (
  run bigint not null,
  attempt integer not null,
  -- Where in all that the process wrote these bytes begin.
  at_byte bigint not null,
  bytes bytea not null,
  primary key (run, attempt)
);
