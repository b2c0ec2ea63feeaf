/* The byte classes, written as ranges and single characters that the parsers look up. */
#include "http1/chars_int.h"

#define VIS (H1_VALUE | H1_TARGET)
#define TOK (VIS | H1_TOKEN)
#define AUTH (TOK | H1_AUTHORITY)
#define NUM (AUTH | H1_DIGIT | H1_HEX)
#define HEX (AUTH | H1_HEX)

const unsigned char h1_chars[256] = {
    ['\t'] = H1_VALUE,
    [' '] = H1_VALUE,
    ['!'] = AUTH,
    ['"'] = VIS,
    ['#'] = H1_VALUE | H1_TOKEN,
    ['$'] = AUTH,
    ['%'] = AUTH,
    ['&'] = AUTH,
    ['\''] = AUTH,
    ['('] = VIS | H1_AUTHORITY,
    [')'] = VIS | H1_AUTHORITY,
    ['*'] = AUTH,
    ['+'] = AUTH,
    [','] = VIS | H1_AUTHORITY,
    ['-'] = AUTH,
    ['.'] = AUTH,
    ['/'] = VIS,
    ['0' ... '9'] = NUM,
    [':'] = VIS | H1_AUTHORITY,
    [';'] = VIS | H1_AUTHORITY,
    ['<'] = VIS,
    ['='] = VIS | H1_AUTHORITY,
    ['>'] = VIS,
    ['?'] = VIS,
    ['@'] = VIS,
    ['A' ... 'F'] = HEX,
    ['G' ... 'Z'] = AUTH,
    ['['] = VIS | H1_AUTHORITY,
    ['\\'] = VIS,
    [']'] = VIS | H1_AUTHORITY,
    ['^'] = TOK,
    ['_'] = AUTH,
    ['`'] = TOK,
    ['a' ... 'f'] = HEX,
    ['g' ... 'z'] = AUTH,
    ['{'] = VIS,
    ['|'] = TOK,
    ['}'] = VIS,
    ['~'] = AUTH,
    [0x80 ... 0xff] = H1_VALUE,
};
