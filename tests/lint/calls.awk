# Calls that have a better form here. Runs after code.awk (which calls emit),
# so comments and literals are gone. core/base/banned.h catches most of them in
# the compiler; this is for what cannot be poisoned there.
BEGIN {
    everywhere = "strcpy|strcat|strncpy|strncat|sprintf|vsprintf|strtok|" \
        "atoi|atol|atoll|atof|alloca|gmtime|localtime|asctime|ctime|rand|" \
        "srand|system|popen|gets|tmpnam|mktemp|setlocale"
    memory = "malloc|calloc|realloc|reallocarray|free|strdup|strndup|" \
        "asprintf|vasprintf|getline|getdelim"
}
function emit(text,    place, rest, word) {
    place = FILENAME
    sub(/^(core|runtime)\//, "", place)
    if (place == "base/banned.h")
        return
    rest = text
    while (match(rest, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
        word = substr(rest, RSTART, RLENGTH - 1)
        sub(/[ \t]+$/, "", word)
        before = RSTART > 1 ? substr(rest, RSTART - 1, 1) : ""
        rest = substr(rest, RSTART + RLENGTH)
        if (before == "." || before == ">")
            continue
        if (word ~ "^(" everywhere ")$")
            complain(word, "is banned (core/base/banned.h says why)")
        else if (word ~ "^(" memory ")$" &&
                 place !~ /^(base|xml|crypto|http|script)\/|^db\/(sqlite|postgres)/)
            complain(word, "belongs to base and to library adapters; use an arena")
    }
}
function complain(word, why) {
    printf "%s:%d: %s() %s\n", FILENAME, FNR, word, why
    bad = 1
}
END { exit bad }
