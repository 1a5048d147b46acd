# C without its comments and literals: one line out for each line in, so that
# line numbers stay. Strings become "" and characters ' '; #include lines keep
# their names.
function reset() { state = "code" }
FNR == 1 { reset() }
{
    out = ""
    line = $0
    if (state == "code" && line ~ /^[ \t]*#[ \t]*include/) {
        emit(line)
        next
    }
    while (line != "") {
        if (state == "comment") {
            at = index(line, "*/")
            if (at == 0)
                break
            line = substr(line, at + 2)
            state = "code"
            continue
        }
        c = substr(line, 1, 1)
        two = substr(line, 1, 2)
        if (two == "/*") {
            state = "comment"
            line = substr(line, 3)
        } else if (two == "//") {
            break
        } else if (c == "\"" && match(line, /^"([^"\\]|\\.)*"/)) {
            out = out "\"\""
            line = substr(line, RLENGTH + 1)
        } else if (c == "'" && match(line, /^'([^'\\]|\\.)+'/)) {
            out = out "' '"
            line = substr(line, RLENGTH + 1)
        } else if (match(line, /^[^\/"']+/)) {
            out = out substr(line, 1, RLENGTH)
            line = substr(line, RLENGTH + 1)
        } else {
            out = out c
            line = substr(line, 2)
        }
    }
    emit(out)
}
