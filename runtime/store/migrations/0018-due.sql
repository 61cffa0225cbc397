-- A run whose start is spread after its tick waits until it is due, and takes nothing before: the outbox wakes it then.
alter table run drop constraint run_waits_on_check;
alter table run add constraint run_waits_on_check
  check (waits_on in ('need', 'overlap', 'parallel', 'retry', 'evaluation', 'freeze', 'pool', 'jitter'));
alter table outbox drop constraint outbox_kind_check;
alter table outbox add constraint outbox_kind_check
  check (kind in ('start', 'cancel', 'skip', 'release', 'reevaluate', 'thaw', 'places', 'replace', 'due'));
