# Includes point to the left in the order of docs/design (the house), never up
# and never to a neighbour. Input: C files of core/ and runtime/.
BEGIN {
    n = split("base=0 xml=1 db=1 crypto=1 fx=2 model=3 access=4 query=5 " \
              "record=6 exchange=7 script=8 flow=8 auth=8 mail=8 " \
              "package=9 api=10 portal=10 app=11 http=1", rows, " ")
    for (i = 1; i <= n; i++) {
        split(rows[i], row, "=")
        rank[row[1]] = row[2]
    }
    # http stands beside: on base and crypto, for these.
    split("auth api portal app", users, " ")
    for (i in users)
        above_http[users[i]] = 1
}
FNR == 1 {
    split(FILENAME, parts, "/")
    from = parts[2]
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
    match($0, /"[^"]*"/)
    name = substr($0, RSTART + 1, RLENGTH - 2)
    if (!index(name, "/")) {
        complain("is not named from the root of core or runtime")
        next
    }
    split(name, target, "/")
    to = target[1]
    if (!(to in rank))
        complain("belongs to no module")
    else if (!(from in rank))
        complain("is included by a module that has no layer: " from)
    else if (to == from)
        next
    else if (to == "http" ? !(from in above_http) \
             : from == "http" ? to != "base" && to != "crypto" \
             : rank[to] >= rank[from])
        complain(from " may not include " to)
}
function complain(why) {
    printf "%s:%d: \"%s\" %s\n", FILENAME, FNR, name, why
    bad = 1
}
END { exit bad }
