/* lint: shape; never compiled. */
static int longest(void) // BAD
{
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
    f();
}

static int table(int x)
{
    switch (x) {
    case 1:
        return 1;
    case 2:
        return 1;
    case 3:
        return 1;
    case 4:
        return 1;
    case 5:
        return 1;
    case 6:
        return 1;
    case 7:
        return 1;
    case 8:
        return 1;
    case 9:
        return 1;
    case 10:
        return 1;
    case 11:
        return 1;
    case 12:
        return 1;
    case 13:
        return 1;
    case 14:
        return 1;
    case 15:
        return 1;
    case 16:
        return 1;
    case 17:
        return 1;
    case 18:
        return 1;
    case 19:
        return 1;
    case 20:
        return 1;
    case 21:
        return 1;
    case 22:
        return 1;
    case 23:
        return 1;
    case 24:
        return 1;
    case 25:
        return 1;
    case 26:
        return 1;
    case 27:
        return 1;
    case 28:
        return 1;
    case 29:
        return 1;
    case 30:
        return 1;
    case 31:
        return 1;
    case 32:
        return 1;
    case 33:
        return 1;
    case 34:
        return 1;
    case 35:
        return 1;
    case 36:
        return 1;
    case 37:
        return 1;
    case 38:
        return 1;
    case 39:
        return 1;
    case 40:
        return 1;
    case 41:
        return 1;
    case 42:
        return 1;
    case 43:
        return 1;
    case 44:
        return 1;
    case 45:
        return 1;
    case 46:
        return 1;
    case 47:
        return 1;
    case 48:
        return 1;
    case 49:
        return 1;
    case 50:
        return 1;
    case 51:
        return 1;
    case 52:
        return 1;
    case 53:
        return 1;
    case 54:
        return 1;
    case 55:
        return 1;
    case 56:
        return 1;
    case 57:
        return 1;
    case 58:
        return 1;
    case 59:
        return 1;
    case 60:
        return 1;
    }
}
