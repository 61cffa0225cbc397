-- Runs that await many others.

-- The needs of a run that are open yet, in the order in which they are shown.
create index need_unmet on need (run, ord, period) where not met;
-- A need was settled of a run that awaits many: it is looked at soon, once for all these rows. Each settle writes a row of its own, so that
-- none waits for another one; it does not refer to its run, whose row the check would lock.
create table need_settled (
  id bigint generated always as identity primary key,
  run bigint not null
);
create index need_settled_run on need_settled (run);
