---@meta
-- For the Lua language server. Written by runtime/script/reference.c.

---@class perigee.date
---@class perigee.datetime
---@class perigee.time
---@class perigee.dur

---Raises `message` when `value` is false or nil; answers its arguments otherwise.
---@param value any
---@param message? any
---@return any
---@return ...
function assert(value, message, ...) end

---What `fn()` answered when `key` was first asked for in this run.
---@param key any
---@param fn any
---@return any
function cache(key, fn) end

---Raises `value`; to a text it adds where. For people use `fail`.
---@param value any
---@param level? any
function error(value, level) end

---Raises an error that people see: `message`, at `options.field` of the form when given. `code` is like E_VALIDATION; `options.details` is any value.
---@param code any
---@param message any
---@param options? any
function fail(code, message, options) end

---The metatable that the script gave to a table; false for texts and objects of the platform.
---@param value any
---@return table|false|nil
function getmetatable(value) end

---What a module of this package ("scoring"), or one that a package it depends on exports ("acme.rental:pricing"), returns. Each is run once. Raises E_NOT_FOUND, and E_CYCLE for a module that imports itself.
---@param name any
---@return any
function import(name) end

---For loops over 1, 2, 3 ... up to the first nil.
---@param table any
---@return fun(...): any
function ipairs(table) end

---The member after `key`, or the first.
---@param table any
---@param key? any
---@return any
---@return any
function next(table, key) end

---For loops over all members, in no order.
---@param table any
---@return fun(...): any
function pairs(table) end

---Calls `fn`; true and its results, or false and the error. A limit that is used up is not caught.
---@param fn any
---@return any
---@return ...
function pcall(fn, ...) end

---Writes its arguments to the run's log.
function print(...) end

---Whether both are the same, without `__eq`.
---@param a any
---@param b any
---@return boolean
function rawequal(a, b) end

---The length of a table or text, without `__len`.
---@param value any
---@return integer
function rawlen(value) end

---The arguments from the n-th on; with '#' how many there are.
---@param n any
---@return ...
function select(n, ...) end

---Gives a table its metatable, once. The metatable is copied: what is added to it afterwards is not seen. It may not have __gc, __mode, __close or __metatable.
---@param table any
---@param metatable any
---@return table
function setmetatable(table, metatable) end

---A number from its text.
---@param value any
---@param base? any
---@return number|nil
function tonumber(value, base) end

---As text; tables and functions as the name of their type.
---@param value any
---@return string
function tostring(value) end

---Calls `fn(...)` and answers its results; when it raises, what `on_error(error)` answers, after everything is unwound.
---@param fn any
---@param on_error any
---@return ...
function try(fn, on_error, ...) end

---nil boolean number string table function userdata; exact values are dec money date datetime time dur.
---@param value any
---@return string
function type(value) end

string = {}

---The bytes i to j (at most 250).
---@param s any
---@param i? any
---@param j? any
---@return integer
---@return ...
function string.byte(s, i, j) end

---A text of these bytes.
---@return string
function string.char(...) end

---Where `pattern` first matches, and its captures; nil when nowhere. Each character tried costs a step.
---@param s any
---@param pattern any
---@param init? any
---@param plain? any
---@return any
---@return any
---@return ...
function string.find(s, pattern, init, plain) end

---As in C: %d %i %u %c %x %X %o %e %f %g %s %q %%, at most 32 of them. No %p and no %a.
---@param format any
---@return string
function string.format(format, ...) end

---For loops over all matches.
---@param s any
---@param pattern any
---@param init? any
---@return fun(...): any
function string.gmatch(s, pattern, init) end

---`s` with matches replaced by a text (%1 is a capture), by what a table has for the first capture, or by what a function answers.
---@param s any
---@param pattern any
---@param replacement any
---@param n? any
---@return string
---@return any
function string.gsub(s, pattern, replacement, n) end

---Its bytes; utf8.len counts characters.
---@param s any
---@return integer
function string.len(s) end

---A-Z as a-z; text.lower knows all letters.
---@param s any
---@return string
function string.lower(s) end

---The captures of the first match, or the match; nil without one.
---@param s any
---@param pattern any
---@param init? any
---@return string
---@return ...
function string.match(s, pattern, init) end

---n times, with `sep` between.
---@param s any
---@param n any
---@param sep? any
---@return string
function string.rep(s, n, sep) end

---Its bytes backwards.
---@param s any
---@return string
function string.reverse(s) end

---The bytes i to j; negative ones count from the end.
---@param s any
---@param i any
---@param j? any
---@return string
function string.sub(s, i, j) end

---a-z as A-Z; text.upper knows all letters.
---@param s any
---@return string
function string.upper(s) end

table = {}

---The texts, numbers and exact values i to j, with `sep` between.
---@param list any
---@param sep? any
---@param i? any
---@param j? any
---@return string
function table.concat(list, sep, i, j) end

---At position `pos` (at the end), moving the others up.
---@param list any
---@param pos? any
---@param value any
function table.insert(list, pos, value) end

---Takes the member at `pos` (the last) out.
---@param list any
---@param pos? any
---@return any
function table.remove(list, pos) end

---In place, by `<` or by `before(a, b)`; equal members stay in order. At most 100,000 members, no metatable.
---@param list any
---@param before? any
function table.sort(list, before) end

---The members i to j as results, at most 250.
---@param list any
---@param i? any
---@param j? any
---@return ...
function table.unpack(list, i, j) end

math = {}

---Without its sign.
---@param x any
---@return number
function math.abs(x) end

---The next integer up.
---@param x any
---@return integer
function math.ceil(x) end

---e to the power of x.
---@param x any
---@return number
function math.exp(x) end

---The next integer down.
---@param x any
---@return integer
function math.floor(x) end

---The remainder, rounded toward zero.
---@param x any
---@param y any
---@return number
function math.fmod(x, y) end

---The logarithm (natural).
---@param x any
---@param base? any
---@return number
function math.log(x, base) end

---The largest.
---@param x any
---@return number
function math.max(x, ...) end

---The smallest.
---@param x any
---@return number
function math.min(x, ...) end

---The whole part and the rest.
---@param x any
---@return number
---@return number
function math.modf(x) end

---A float of [0, 1), an integer of 1 to m, or of m to n. The seed is the run's and is recorded: a replay draws the same.
---@param m? any
---@param n? any
---@return number
function math.random(m, n) end

---The square root.
---@param x any
---@return number
function math.sqrt(x) end

---The integer of the same value.
---@param x any
---@return integer|nil
function math.tointeger(x) end

---integer, float, or nil.
---@param x any
---@return string|nil
function math.type(x) end

---a < b without signs.
---@param a any
---@param b any
---@return boolean
function math.ult(a, b) end

utf8 = {}

---The text of these code points.
---@return string
function utf8.char(...) end

---The code points that begin in bytes i to j (at most 250).
---@param s any
---@param i? any
---@param j? any
---@return integer
---@return ...
function utf8.codepoint(s, i, j) end

---For loops over position and code point.
---@param s any
---@return fun(...): any
function utf8.codes(s) end

---How many characters begin in bytes i to j; nil and the position of what is no UTF-8.
---@param s any
---@param i? any
---@param j? any
---@return integer
function utf8.len(s, i, j) end

---The byte at which the n-th character from byte i begins.
---@param s any
---@param n any
---@param i? any
---@return integer|nil
function utf8.offset(s, n, i) end

text = {}

---The address as a field of that type keeps it; nil when it is none.
---@param s any
---@return string|nil
function text.email(s) end

---With & < > " ' as entities.
---@param s any
---@return string
function text.escape_html(s) end

---The captures of the first match of a Lua pattern; nil without one.
---@param s any
---@param pattern any
---@return string
---@return ...
function text.extract(s, pattern) end

---The key by which the platform compares: no case, no accents.
---@param s any
---@return string
function text.fold(s) end

---The members as texts, with `sep` between.
---@param list any
---@param sep? any
---@return string
function text.join(list, sep) end

---Its lines, without their ends.
---@param s any
---@return any[]
function text.lines(s) end

---In lower case, in every script.
---@param s any
---@return string
function text.lower(s) end

---At least `width` characters: filled on the right, left or both sides.
---@param s any
---@param width any
---@param side? any
---@param fill? any
---@return string
function text.pad(s, width, side, fill) end

---The number as +4315551234; one without a country needs `country` ("AT"). Nil when it is none.
---@param s any
---@param country? any
---@return string|nil
function text.phone(s, country) end

---0 to 1: how many groups of three letters they share, without case and accents.
---@param a any
---@param b any
---@return number
function text.similar(a, b) end

---Only a-z, 0-9 and dashes: for links.
---@param s any
---@return string
function text.slug(s) end

---The pieces between `sep`, at most `n`; the last holds the rest.
---@param s any
---@param sep any
---@param n? any
---@return any[]
function text.split(s, sep, n) end

---With each {{name}} and {{account.name}} replaced by what `data` has; nothing for nil. Nothing is escaped.
---@param s any
---@param data any
---@return string
function text.template(s, data) end

---The first letter of each word upper.
---@param s any
---@return string
function text.title(s) end

---Without spaces at its ends.
---@param s any
---@return string
function text.trim(s) end

---At most `n` characters, ending in `mark` (…) when it was longer.
---@param s any
---@param n any
---@param mark? any
---@return string
function text.truncate(s, n, mark) end

---In upper case, in every script.
---@param s any
---@return string
function text.upper(s) end

list = {}

---Whether `fn(member, i)` holds for every member.
---@param list any
---@param fn any
---@return boolean
function list.all(list, fn) end

---Whether it holds for one.
---@param list any
---@param fn any
---@return boolean
function list.any(list, fn) end

---Lists of `n` members; the last may be shorter.
---@param list any
---@param n any
---@return any[]
function list.chunk(list, n) end

---The members for which `fn(member, i)` holds.
---@param list any
---@param fn any
---@return any[]
function list.filter(list, fn) end

---The first member, or the first for which `fn` holds.
---@param list any
---@param fn? any
---@return any|nil
function list.first(list, fn) end

---Lists of members by what `key` (a field's name or a function) answers; members without one are left out.
---@param list any
---@param key any
---@return table
function list.group_by(list, key) end

---The members by their key; of equal keys the last.
---@param list any
---@param key any
---@return table
function list.index_by(list, key) end

---What `fn(member, i)` answers for each; nil is left out.
---@param list any
---@param fn any
---@return any[]
function list.map(list, fn) end

---`fn(so_far, member)` over all members, from `start` or the first.
---@param list any
---@param fn any
---@param start? any
---@return any
function list.reduce(list, fn, start) end

---In the order of their keys, "up" or "down"; those without come last. The list itself stays as it is.
---@param list any
---@param key any
---@param way? any
---@return any[]
function list.sort_by(list, key, way) end

---All members added, or what `key` answers for each; 0 when empty.
---@param list any
---@param key? any
---@return number|perigee.dec|perigee.money
function list.sum(list, key) end

---Without members that came before; exact values by what they say.
---@param list any
---@param key? any
---@return any[]
function list.uniq(list, key) end

json = {}

---Arrays and objects as tables, null as `json.null`. Integers stay integers; other numbers are floats. Raises E_TYPE with line and column for what is no JSON, for a key given twice and past depth 16.
---@param text any
---@return any
function json.decode(text) end

---Tables with members 1 to n, and empty ones, as arrays, others as objects in the order of their keys. Exact values, dates and times are texts. Raises E_TYPE for functions, cycles and numbers that are not finite.
---@param value any
---@return string
function json.encode(value) end

---@class perigee.dec
local dec_ = {}

dec = {}

---An exact decimal from a text, an integer or another decimal, with `scale` digits behind the point (0 to 9; as many as the text has). Rounds half away from zero. Raises E_TYPE for what is no number, and for a float, which is not exact.
---@param value any
---@param scale? any
---@return perigee.dec
function dec.new(value, scale) end

---Rounded to `scale` digits (0). `mode` is half_up (half away from zero), half_even, up, down, floor or ceil.
---@param scale? any
---@param mode? any
---@return perigee.dec
function dec_:round(scale, mode) end

---Without its sign.
---@return perigee.dec
function dec_:abs() end

---The whole part, toward zero.
---@return integer
function dec_:integer() end

---The nearest float: for charts and statistics, not for money.
---@return number
function dec_:float() end

---@class perigee.money
local money_ = {}

money = {}

---An amount of a currency (ISO 4217), from a text, an integer or a decimal, rounded to the currency's minor unit. Raises E_TYPE for a float and for no currency.
---@param amount any
---@param currency any
---@return perigee.money
function money.new(amount, currency) end

---To the nearest multiple of `step` (a text or a decimal; the minor unit), half away from zero.
---@param amount any
---@param step? any
---@return perigee.money
function money.round(amount, step) end

---`parts` amounts that differ by at most one minor unit and add up to the whole.
---@param amount any
---@param parts any
---@return any[]
function money.split(amount, parts) end

---For people, in the language of the run or in `lang`.
---@param amount any
---@param lang? any
---@return string
function money.format(amount, lang) end

---The amount without its currency.
---@return perigee.dec
function money_:decimal() end

---The amount in minor units (cents).
---@return integer
function money_:minor() end

date = {}

---n units later (earlier when negative). Months end where shorter ones do; days and longer keep the time of day.
---@param when any
---@param n any
---@param unit any
---@return perigee.date|perigee.datetime
function date.add(when, n, unit) end

---A date at a local time of day, a time or a text like "08:30".
---@param date any
---@param time any
---@return perigee.datetime
function date.at(date, time) end

---Whole units from a to b.
---@param a any
---@param b any
---@param unit any
---@return integer
function date.diff(a, b, unit) end

---A duration.
---@param n any
---@param unit any
---@return perigee.dur
function date.dur(n, unit) end

---The last day, or millisecond, of the unit it lies in.
---@param when any
---@param unit any
---@return perigee.date|perigee.datetime
function date.end_of(when, unit) end

---By letters: YYYY YY MMMM MMM MM M DD D dddd ddd HH H mm ss; text in single quotes stays. Names in English or German.
---@param when any
---@param format? any
---@param lang? any
---@return string
function date.format(when, format, lang) end

---Its week of the year, 1 to 53.
---@param when any
---@return integer
function date.iso_week(when) end

---A date; raises E_TYPE when there is no such day.
---@param year any
---@param month any
---@param day any
---@return perigee.date
function date.new(year, month, day) end

---When the run began; it stays the same during the run.
---@return perigee.datetime
function date.now() end

---From ISO 8601: "2026-03-01", "08:30", "2026-03-01T08:30:00Z"; with a pattern of Y M D ("DD.MM.YYYY") a date. Nil when it is none.
---@param s any
---@param pattern? any
---@return perigee.date|perigee.datetime|perigee.time|nil
function date.parse(s, pattern) end

---The dates from a to b, a day or `unit` apart; at most 10,000.
---@param a any
---@param b any
---@param unit? any
---@return any[]
function date.range(a, b, unit) end

---The first day, or instant, of the unit it lies in; weeks begin on Monday.
---@param when any
---@param unit any
---@return perigee.date|perigee.datetime
function date.start_of(when, unit) end

---The local day on which the run began.
---@return perigee.date
function date.today() end

---`date`, `time` and `offset` (minutes) of an instant in a zone like "Asia/Tokyo". Raises E_NOT_FOUND for no zone.
---@param when any
---@param zone any
---@return table
function date.tz(when, zone) end

---1 Monday to 7 Sunday.
---@param when any
---@return integer
function date.weekday(when) end

log = {}

---A line for whoever looks for a mistake.
---@param msg any
---@param data? any
function log.debug(msg, data) end

---Something failed.
---@param msg any
---@param data? any
function log.error(msg, data) end

---Something happened.
---@param msg any
---@param data? any
function log.info(msg, data) end

---What `fn()` answers, with a line that says how long it took.
---@param name any
---@param fn any
---@return ...
function log.span(name, fn) end

---Something is odd.
---@param msg any
---@param data? any
function log.warn(msg, data) end
