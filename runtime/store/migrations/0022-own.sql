-- What one run of a job without ticks alone has, asked by hand: {"vars": {…}, "machineGroup": … or null}. Of a job with ticks it is in the definition that
-- the turn by hand is pinned to.
alter table run add column own jsonb;
