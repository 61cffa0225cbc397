-- Needs in all their forms.

-- What a skipped upstream does: `one` skips the run that waits for it, of `several` it is left out, `own` moves to the tick before. `latest`
-- has no period of its own: that of the upstream's highest run is looked up whenever the run is looked at (the epoch while there is none).
alter table need add column form text not null default 'one' check (form in ('one', 'several', 'own', 'latest'));
-- Of `several`: whether the run is skipped when all of them were.
alter table need add column skip_if_none boolean not null default false;
update need set form = 'own' from run where run.id = need.run and run.job = need.job;

-- Needs that are met are found by their fact too: one that an operation sets aside takes back what it had met.
drop index need_awaited;
create index need_awaited on need (project, job, period);
create index need_latest on need (project, job) where form = 'latest';
-- Optional needs end by time.
create index need_optional on need (period) where optional and not met;
-- The highest run of a job that is still to serve something.
create index run_owed on run (job, period) where owed is not null;
