/* lint: calls; never compiled. strcpy(here) is a comment. */
static void f(struct x *x)
{
    x->free(x);
    arena_free(x);
    log_text("malloc(1) in a literal");
    free(x);                // BAD
    char *p = malloc(10);   // BAD
    n = x + strtok(p, ","); // BAD
                            /* free(x)
       free(x) */
    atoi(p);                // BAD
}
