-- What the runs that it needed had told when an attempt began: it renders the same however often its worker asks. Null: its texts name no outputs.
alter table attempt add column given jsonb;
