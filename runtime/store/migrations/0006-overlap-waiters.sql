-- Whoever gives a hold back looks for the next run of each operation, and of production: among ten thousand that wait, in one step each.
drop index run_waits_for_overlap;
create index run_waits_for_overlap on run (job, operation, period) where waits_on = 'overlap';
