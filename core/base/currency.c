/*
 * currency - minor digits of the currencies of ISO 4217.
 *
 * The lists hold what money may be in: the codes in use, and those withdrawn
 * since 2014, because records outlive a currency. Metals, bond units, drawing
 * rights and the codes for tests and for none (XAU, XBA, XDR, XTS ...) have no
 * minor unit and are no currency here.
 *
 * Each list is sorted, four bytes a code; a test holds that.
 */
#include "base/decimal.h"

enum { CELL_BYTES = 4 };

struct currencies {
    int scale;
    struct str codes;
};

static const struct currencies CURRENCIES[] = {
    {2, STR_INIT("AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD "
                 "BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY "
                 "COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD "
                 "FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS "
                 "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL LTL "
                 "MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR MVR MWK MXN MXV MYR "
                 "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON "
                 "RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STD "
                 "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN "
                 "UYU UZS VED VEF VES WST XCD XCG YER ZAR ZMW ZWG ZWL ")},
    {0, STR_INIT("BIF BYR CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV "
                 "XAF XOF XPF ")},
    {3, STR_INIT("BHD IQD JOD KWD LYD OMR TND ")},
    {4, STR_INIT("CLF UYW ")},
};

static bool has_code(struct str codes, const char *code)
{
    size_t low = 0;
    size_t high = codes.n / CELL_BYTES;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(codes.p + middle * CELL_BYTES, code, 3);

        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

int currency_scale(const char cur[4])
{
    const size_t n = sizeof CURRENCIES / sizeof CURRENCIES[0];

    // exactly three letters: anything else would match a cell by its prefix
    if (cur[0] == '\0' || cur[1] == '\0' || cur[2] == '\0' || cur[3] != '\0')
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (has_code(CURRENCIES[i].codes, cur))
            return CURRENCIES[i].scale;
    }
    return -1;
}
