# cmake -DIN=zh_CN.mo -DOUT=catalogue.c -P embed.cmake: the bytes of a file as an array.
file(READ ${IN} bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${OUT} "/* Made from ${IN}. */\n#include \"common/i18n_int.h\"\n\n"
    "static const unsigned char bytes[] = {\n${bytes}\n};\n"
    "const unsigned char *const i18n_zh_cn = bytes;\n")
