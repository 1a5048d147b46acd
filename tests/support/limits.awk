# docs/limits.md out of core/base/limits.h: a row for each line of its enum.
BEGIN {
    print "# Limits"
    print ""
    print "Every ceiling on what comes from outside. Written by `./dev docs` from"
    print "`core/base/limits.h`; change it there."
    print ""
    print "| limit | value | what it bounds |"
    print "|---|---|---|"
}
/^[ \t]*LIMIT_[A-Z0-9_]+ = / {
    line = $0
    sub(/^[ \t]*/, "", line)
    name = line
    sub(/ = .*/, "", name)
    value = line
    sub(/^[^=]*= */, "", value)
    sub(/,? *\/\*.*/, "", value)
    why = line
    if (!sub(/^.*\/\* */, "", why))
        why = ""
    sub(/ *\*\/.*$/, "", why)
    if (match(value, / << /)) {
        shift = substr(value, RSTART + RLENGTH) + 0
        value = substr(value, 1, RSTART - 1) + 0
        value = shift >= 30 ? value * 2 ^ (shift - 30) " GiB" \
            : shift >= 20 ? value * 2 ^ (shift - 20) " MiB" \
            : value * 2 ^ (shift - 10) " KiB"
    }
    unit = name ~ /_BYTES$/ && value !~ /B$/ ? " bytes" \
        : name ~ /_MS$/ ? " ms" : ""
    printf "| `%s` | %s%s | %s |\n", name, value, unit, why
}
