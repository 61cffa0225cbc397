-- Who set this fact by hand; null: nobody, it came of a turn, a skip or a cancel.
alter table fact add column marked_by text;
