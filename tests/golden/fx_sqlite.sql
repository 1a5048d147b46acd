-- stage = 'won' and amount ge 5000
SELECT t0.id FROM "crm_deal" t0 WHERE (((t0."stage" = ?1) AND (t0."amount__base" >= ?2)));
--('won', 500000)
-- name in ('won', null, note)
SELECT t0.id FROM "crm_deal" t0 WHERE (((t0."name__k" IN (?1) AND t0."name" IN (?2)) OR (t0."name" IS NULL) OR (t0."name" IS NOT DISTINCT FROM t0."note")));
--('won', 'won')
-- qty = null
SELECT t0.id FROM "crm_deal" t0 WHERE ((t0."qty" IS NULL));
--
-- name <> 'x'
SELECT t0.id FROM "crm_deal" t0 WHERE ((t0."name" IS DISTINCT FROM ?1));
--('x')
-- name = note
SELECT t0.id FROM "crm_deal" t0 WHERE ((t0."name" IS NOT DISTINCT FROM t0."note"));
--
-- not (qty lt 3 or active)
SELECT t0.id FROM "crm_deal" t0 WHERE ((NOT ((((t0."qty" < ?1) OR t0."active"=1)) IS TRUE)));
--(3)
-- active
SELECT t0.id FROM "crm_deal" t0 WHERE (t0."active"=1);
--
-- active = false
SELECT t0.id FROM "crm_deal" t0 WHERE ((t0."active" = ?1));
--(false)
-- account.name = 'Acme' and account.parent.city ne account.city
SELECT t0.id FROM "crm_deal" t0 LEFT JOIN "crm_account" t1 ON t1."id" = t0."account" AND t1."deleted_at" IS NULL LEFT JOIN "crm_account" t2 ON t2."id" = t1."parent" AND t2."deleted_at" IS NULL WHERE (((t1."name__k" = ?1 AND t1."name" = ?2) AND (t2."city" IS DISTINCT FROM t1."city")));
--('acme', 'Acme')
-- owner = user.id
SELECT t0.id FROM "crm_deal" t0 WHERE ((t0."owner" = ?1));
--(3)
-- owner.manager = user.manager
SELECT t0.id FROM "crm_deal" t0 LEFT JOIN "sys_user" t1 ON t1."id" = t0."owner" AND t1."deleted_at" IS NULL WHERE ((t1."manager" IS NOT DISTINCT FROM (SELECT t2."manager" FROM "sys_user" t2 WHERE t2."id" = ?1)));
--(3)
-- due_on lt today() - 3 days
SELECT t0.id FROM "crm_deal" t0 WHERE ((t0."due_on" < ?1));
--('2026-03-25')
-- due_on + 3 days lt today()
SELECT t0.id FROM "crm_deal" t0 WHERE ((t0."due_on" <= ?1));
--('2026-03-24')
-- days_between(due_on, today()) gt 30
SELECT t0.id FROM "crm_deal" t0 WHERE ((t0."due_on" <= ?1));
--('2026-02-25')
-- now() - opened_at gt 3 days
SELECT t0.id FROM "crm_deal" t0 WHERE ((t0."opened_at" < ?1));
--(1774482300000)
-- due_on + 1 months lt today()
SELECT t0.id FROM "crm_deal" t0 WHERE (((SELECT CASE WHEN f.a >= '0001-01-01' THEN f.a END FROM (SELECT date(t0."due_on", ?1 || ' months', 'floor') AS a) AS f) < ?2));
--(1, '2026-03-28')
-- opened_at = '2026-03-29'
SELECT t0.id FROM "crm_deal" t0 WHERE ((t0."opened_at" >= ?1 AND t0."opened_at" < ?2));
--(1774742400000, 1774828800000)
-- opened_at le today()
SELECT t0.id FROM "crm_deal" t0 WHERE ((t0."opened_at" < ?1));
--(1774742400000)
-- date(opened_at) = due_on
SELECT t0.id FROM "crm_deal" t0 WHERE (((SELECT CASE WHEN f.a BETWEEN -719162 AND 2932896 THEN date((f.a) * 86400, 'unixepoch') END FROM (SELECT f.a / 86400000 - CASE WHEN f.a % 86400000 < 0 THEN 1 ELSE 0 END AS a FROM (SELECT f.a + 0 AS a FROM (SELECT t0."opened_at" AS a) AS f) AS f) AS f) IS NOT DISTINCT FROM t0."due_on"));
--
-- due_on = '2026-02-28'
SELECT t0.id FROM "crm_deal" t0 WHERE ((t0."due_on" = ?1));
--('2026-02-28')
-- start_of(due_on, month) = end_of(start_on, quarter)
SELECT t0.id FROM "crm_deal" t0 WHERE (((SELECT substr(f.a, 1, 8) || '01' FROM (SELECT t0."due_on" AS a) AS f) IS NOT DISTINCT FROM (SELECT substr(f.a, 1, 4) || CASE WHEN substr(f.a, 6, 2) < '04' THEN '-03-31' WHEN substr(f.a, 6, 2) < '07' THEN '-06-30' WHEN substr(f.a, 6, 2) < '10' THEN '-09-30' ELSE '-12-31' END FROM (SELECT t0."start_on" AS a) AS f)));
--
-- iso_week(due_on) = 9
SELECT t0.id FROM "crm_deal" t0 WHERE ((CAST(strftime('%V', t0."due_on") AS bigint) = ?1));
--(9)
-- year(due_on) = 2026
SELECT t0.id FROM "crm_deal" t0 WHERE ((CAST(substr(t0."due_on", 1, 4) AS bigint) = ?1));
--(2026)
-- qty + 1 gt price
SELECT t0.id FROM "crm_deal" t0 WHERE ((CASE typeof(((t0."qty" + ?1) * 100)) WHEN 'real' THEN abs(-9223372036854775807 - 1) ELSE ((t0."qty" + ?2) * 100) END > t0."price"));
--(1, 1)
-- qty * price / rate gt 2.5
SELECT t0.id FROM "crm_deal" t0 WHERE (((SELECT CASE typeof(f.a) WHEN 'real' THEN abs(-9223372036854775807 - 1) ELSE f.a END FROM (SELECT (SELECT f.a / f.b + CASE WHEN abs(f.a % f.b) >= abs(f.b) - abs(f.a % f.b) THEN CASE WHEN (f.a < 0) = (f.b < 0) THEN 1 ELSE -1 END ELSE 0 END FROM (SELECT ((t0."qty" * t0."price") * 100000000) AS a, nullif(t0."rate", 0) AS b) AS f) AS a) AS f) > ?1));
--(2500000)
-- round(price * rate, 2) = 3
SELECT t0.id FROM "crm_deal" t0 WHERE (((SELECT CASE typeof(f.a) WHEN 'real' THEN abs(-9223372036854775807 - 1) ELSE f.a END FROM (SELECT ((t0."price" * t0."rate") / 10000 + CASE WHEN abs((t0."price" * t0."rate") % 10000) * 2 >= 10000 THEN CASE WHEN (t0."price" * t0."rate") < 0 THEN -1 ELSE 1 END ELSE 0 END) AS a) AS f) = ?1));
--(300)
-- min(qty, price) lt max(qty, 2, price * 3)
SELECT t0.id FROM "crm_deal" t0 WHERE ((min(coalesce(CASE typeof((t0."qty" * 100)) WHEN 'real' THEN abs(-9223372036854775807 - 1) ELSE (t0."qty" * 100) END, t0."price"), coalesce(t0."price", CASE typeof((t0."qty" * 100)) WHEN 'real' THEN abs(-9223372036854775807 - 1) ELSE (t0."qty" * 100) END)) < (SELECT max(f.a) FROM (SELECT CASE typeof((t0."qty" * 100)) WHEN 'real' THEN abs(-9223372036854775807 - 1) ELSE (t0."qty" * 100) END AS a UNION ALL SELECT ?1 UNION ALL SELECT CASE typeof((t0."price" * ?2)) WHEN 'real' THEN abs(-9223372036854775807 - 1) ELSE (t0."price" * ?3) END) AS f)));
--(200, 3, 3)
-- contains(name, 'Äb') and starts(name, 'Ab') and ends(name, 'x')
SELECT t0.id FROM "crm_deal" t0 WHERE (((instr(t0."name__k", ?1) > 0) AND (t0."name__k" >= ?2 AND t0."name__k" < ?3) AND (length(t0."name__k") >= length(?4) AND substr(t0."name__k", length(t0."name__k") + 1 - length(?5)) = ?6)));
--('ab', 'ab', 'ac', 'x', 'x', 'x')
-- contains(note, 'Ab')
SELECT t0.id FROM "crm_deal" t0 WHERE ((instr(lower(t0."note"), ?1) > 0));
--('ab')
-- name lt 'M'
SELECT t0.id FROM "crm_deal" t0 WHERE ((t0."name__k" < ?1));
--('m')
-- 'a' in tags and tags is not empty
SELECT t0.id FROM "crm_deal" t0 WHERE ((EXISTS (SELECT 1 FROM "m_deal_tags" t1 WHERE t1."rec" = t0."id" AND t1."code" = ?1) AND (NOT (((NOT EXISTS (SELECT 1 FROM "m_deal_tags" t2 WHERE t2."rec" = t0."id"))) IS TRUE))));
--('a')
-- regarding = account or is(regarding, 'crm:account')
SELECT t0.id FROM "crm_deal" t0 WHERE (((t0."regarding__id" IS NOT DISTINCT FROM t0."account") OR (t0."regarding__ent" = ?1)));
--(2)
-- count(lines where kind = 'rent' and qty gt this.qty) gt 2
SELECT t0.id FROM "crm_deal" t0 WHERE (((SELECT count(*) FROM "crm_line" t1 WHERE t1."deal" = t0."id" AND t1."deleted_at" IS NULL AND ((t1."kind" = ?1) AND (t1."qty" > t0."qty"))) > ?2));
--('rent', 2)
-- sum(lines.qty * lines.price) gt 100
SELECT t0.id FROM "crm_deal" t0 WHERE (((SELECT CAST(coalesce(sum(CASE typeof((t1."qty" * t1."price")) WHEN 'real' THEN abs(-9223372036854775807 - 1) ELSE (t1."qty" * t1."price") END), 0) AS bigint) FROM "crm_line" t1 WHERE t1."deal" = t0."id" AND t1."deleted_at" IS NULL) > ?1));
--(10000)
-- avg(lines.price where supplier.active) gt 5
SELECT t0.id FROM "crm_deal" t0 WHERE (((SELECT CASE typeof(f.a) WHEN 'real' THEN abs(-9223372036854775807 - 1) ELSE f.a END FROM (SELECT (SELECT f.a / f.b + CASE WHEN abs(f.a % f.b) >= abs(f.b) - abs(f.a % f.b) THEN CASE WHEN f.a < 0 THEN -1 ELSE 1 END ELSE 0 END FROM (SELECT CAST(sum(t1."price") AS bigint) * 10000 AS a, nullif(count(t1."price"), 0) AS b FROM "crm_line" t1 LEFT JOIN "crm_account" t2 ON t2."id" = t1."supplier" AND t2."deleted_at" IS NULL WHERE t1."deal" = t0."id" AND t1."deleted_at" IS NULL AND t2."active"=1) AS f) AS a) AS f) > ?1));
--(5000000)
-- exists(account.deals where id ne this.id)
SELECT t0.id FROM "crm_deal" t0 LEFT JOIN "crm_account" t1 ON t1."id" = t0."account" AND t1."deleted_at" IS NULL WHERE (EXISTS (SELECT 1 FROM "crm_deal" t2 WHERE t2."account" = t1."id" AND t2."deleted_at" IS NULL AND (t2."id" IS DISTINCT FROM t0."id")));
--
-- first(lines.product) = 'x'
SELECT t0.id FROM "crm_deal" t0 WHERE (((SELECT t1."product" FROM "crm_line" t1 WHERE t1."deal" = t0."id" AND t1."deleted_at" IS NULL ORDER BY t1."id" ASC LIMIT 1) = ?1));
--('x')
-- qty in list(lines.qty)
SELECT t0.id FROM "crm_deal" t0 WHERE (EXISTS (SELECT 1 FROM "crm_line" t1 WHERE t1."deal" = t0."id" AND t1."deleted_at" IS NULL AND t1."qty" = t0."qty"));
--
-- count(visits) = 0
SELECT t0.id FROM "crm_deal" t0 WHERE (((SELECT count(*) FROM "crm_deal" t1 WHERE t1."regarding__id" = t0."id" AND t1."regarding__ent" = 1 AND t1."deleted_at" IS NULL) = ?1));
--(0)
-- id in :ids
SELECT t0.id FROM "crm_deal" t0 WHERE ((t0."id" IN (SELECT value FROM json_each(?1))));
--(ARRAY[7, 9])
-- stage in :codes
SELECT t0.id FROM "crm_deal" t0 WHERE ((t0."stage" IN (?1, ?2)));
--('won', 'new')
-- if(active, name, note) .. '!' = 'x!'
SELECT t0.id FROM "crm_deal" t0 WHERE (((coalesce(CASE WHEN t0."active"=1 THEN t0."name" ELSE t0."note" END, '') || ?1) = ?2));
--('!', 'x!')
-- switch(qty, 1, 'a', 2, 'b', 'c') = left(name, 1)
SELECT t0.id FROM "crm_deal" t0 WHERE ((CASE WHEN (t0."qty" = ?1) THEN ?2 WHEN (t0."qty" = ?3) THEN ?4 ELSE ?5 END = substr(t0."name", 1, CAST(?6 AS int))));
--(1, 'a', 2, 'b', 'c', 1)
-- pad_left(name, 5, '0') = repeat(note, qty)
SELECT t0.id FROM "crm_deal" t0 WHERE (((SELECT CASE WHEN f.a IS NULL OR f.b IS NULL OR f.c IS NULL THEN NULL WHEN length(f.a) >= f.b OR f.c = '' THEN f.a ELSE substr(replace(hex(zeroblob(f.b)), '00', f.c), 1, f.b - length(f.a)) || f.a END FROM (SELECT t0."name" AS a, CAST(?1 AS int) AS b, ?2 AS c) AS f) IS NOT DISTINCT FROM (SELECT CASE WHEN f.a IS NULL OR f.b IS NULL OR f.c IS NULL THEN NULL WHEN f.b = 0 THEN '' ELSE replace(hex(zeroblob(f.b)), '00', f.c) END FROM (SELECT t0."note" AS a, CAST((SELECT CASE WHEN g.a < 0 THEN 0 WHEN g.a > 255 THEN 255 ELSE g.a END FROM (SELECT t0."qty" AS a) AS g) AS int) AS b, t0."note" AS c) AS f)));
--(5, '0')
-- took gt 2 h
SELECT t0.id FROM "crm_deal" t0 WHERE ((CASE typeof((t0."took" * 1000)) WHEN 'real' THEN abs(-9223372036854775807 - 1) ELSE (t0."took" * 1000) END > ?1));
--(7200000)
-- hour(opened_at) lt 12
SELECT t0.id FROM "crm_deal" t0 WHERE (((SELECT (f.a % 86400000 + 86400000) % 86400000 / 60000 / 60 FROM (SELECT f.a + 0 AS a FROM (SELECT t0."opened_at" AS a) AS f) AS f) < ?1));
--(12)
-- weight * 2 gt qty
SELECT t0.id FROM "crm_deal" t0 WHERE (((SELECT CASE WHEN abs(f.a) > 1.7976931348623157e308 THEN abs(-9223372036854775807 - 1) ELSE f.a END FROM (SELECT (t0."weight" * ?1) AS a) AS f) > (SELECT CASE WHEN abs(f.a) > 1.7976931348623157e308 THEN abs(-9223372036854775807 - 1) ELSE f.a END FROM (SELECT (CAST(t0."qty" AS double precision) / 1.0) AS a) AS f)));
--(2.0)
-- qty gt 1 and 1 + 1 = 2
SELECT t0.id FROM "crm_deal" t0 WHERE (((t0."qty" > ?1) AND ?2));
--(1, true)
