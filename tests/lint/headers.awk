# A third-party header is included by its one module only. Input: C files of
# core/, runtime/ and tests/; tests/unit/<module>/ counts as <module>.
BEGIN {
    own("libxml/", "^xml/")
    own("sqlite3", "^db/sqlite/|^tests/(bench|fault|integration|support)/")
    own("libpq-fe.h", "^db/postgres(ql)?/|^tests/(integration|support)/")
    own("mbedtls/", "^crypto/|^http/[a-z_]*tls[a-z_]*\\.[ch]$|^tests/(integration|support)/")
    own("psa/", "^crypto/|^http/[a-z_]*tls[a-z_]*\\.[ch]$")
    own("jansson.h", "^base/(test_)?json|^tests/(integration|support)/")
    own("utf8proc.h", "^base/(test_)?(utf8|fold)")
    own("civetweb.h", "^http/|^tests/bench/")
    own("argon2.h", "^crypto/")
    own("lua", "^script/|^tests/(integration|fuzz|support)/")
    own("lauxlib.h", "^script/|^tests/(fuzz|support)/")
    own("seccomp.h", "^script/")
    own("curl/", "^(mail|flow|auth)/")
    own("archive", "^(package|exchange)/")
    own("xlsxwriter", "^exchange/")
    own("pcre2.h", "^[a-z]+/")
    own("cmark", "^[a-z]+/")
    own("magic.h", "^[a-z]+/")
    own("cmocka.h", "^tests/support/test\\.")
    # What the C library and the kernel bring.
    n = split("assert complex ctype errno fenv float inttypes iso646 limits " \
        "locale math setjmp signal stdalign stdarg stdatomic stdbool stddef " \
        "stdint stdio stdlib stdnoreturn string tgmath threads time uchar " \
        "wchar wctype dirent dlfcn fcntl fnmatch ftw getopt glob grp iconv " \
        "ifaddrs langinfo libgen mqueue netdb poll pthread pwd regex sched " \
        "search semaphore spawn strings syslog termios unistd utime pty " \
        "alloca byteswap endian malloc execinfo resolv stdio_ext mntent paths", s, " ")
    for (i = 1; i <= n; i++)
        system_header[s[i] ".h"] = 1
}
function own(prefix, pattern) {
    prefixes[++owned] = prefix
    patterns[owned] = pattern
}
FNR == 1 {
    place = FILENAME
    sub(/^(core|runtime)\//, "", place)
    sub(/^tests\/unit\//, "", place)
}
/^[ \t]*#[ \t]*include[ \t]*</ {
    match($0, /<[^>]*>/)
    name = substr($0, RSTART + 1, RLENGTH - 2)
    if (name in system_header ||
        name ~ /^(sys|netinet|net|arpa|linux|bits|asm|sanitizer)\//)
        next
    for (i = 1; i <= owned; i++)
        if (index(name, prefixes[i]) == 1) {
            if (place !~ patterns[i])
                complain("may be included only by " patterns[i])
            next
        }
    complain("is in no list of tests/lint/headers.awk")
}
function complain(why) {
    printf "%s:%d: <%s> %s\n", FILENAME, FNR, name, why
    bad = 1
}
END { exit bad }
