-- Output is packed before it is stored (raw deflate). How many bytes a chunk has unpacked; null: it is stored as it is.
alter table log_chunk add column unpacked integer;
