# Functions are looked at again at 60 lines and end at 100, unless they are one
# flat switch or table. Runs after code.awk. MAX may only shrink.
BEGIN { MAX = 100 }
function emit(text) {
    if (FNR == 1)
        begin = 0
    if (text ~ /^[A-Za-z_].*\(/ || text ~ /^[A-Za-z_].*\)$/)
        head = text
    if (text ~ /^\{[ \t]*$/) {
        begin = FNR
        cases = 0
    } else if (text ~ /^\}/ && begin) {
        if (FNR - begin > MAX && cases < (FNR - begin) / 12) {
            printf "%s:%d: a function of %d lines: %s\n", FILENAME, begin,
                FNR - begin, head
            bad = 1
        }
        begin = 0
    } else if (text ~ /^[ \t]*(case |default)/) {
        cases++
    }
}
END { exit bad }
