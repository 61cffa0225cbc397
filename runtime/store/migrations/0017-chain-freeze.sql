-- A freeze of a chain: a job with all that is upstream, or downstream, of it, as it was when it was frozen. `subject` says which.
alter table frozen drop constraint frozen_scope_check;
alter table frozen add constraint frozen_scope_check check (scope in ('project', 'folder', 'group', 'job', 'chain'));
-- The jobs of a chain.
alter table frozen add column jobs bigint[];
alter table frozen add constraint frozen_chain check ((scope = 'chain') = (jobs is not null));
