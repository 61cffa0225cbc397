-- The deployment that was in force when the last look judged the branch's head: the same head is not judged twice against the same.
alter table source add column deployment bigint;
