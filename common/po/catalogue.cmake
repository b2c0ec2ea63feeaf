# The translations, compiled in: po -> mo (msgfmt of GNU gettext) -> an array in C. Without msgfmt the
# programs speak English only.
find_program(MSGFMT msgfmt)
set(catalogue ${CMAKE_CURRENT_BINARY_DIR}/catalogue.c)
if(MSGFMT)
    add_custom_command(
        OUTPUT ${catalogue}
        COMMAND ${MSGFMT} --check --endianness=little -o ${CMAKE_CURRENT_BINARY_DIR}/zh_CN.mo
            ${CMAKE_CURRENT_SOURCE_DIR}/po/zh_CN.po
        COMMAND ${CMAKE_COMMAND} -DIN=${CMAKE_CURRENT_BINARY_DIR}/zh_CN.mo -DOUT=${catalogue}
            -P ${CMAKE_CURRENT_SOURCE_DIR}/po/embed.cmake
        DEPENDS po/zh_CN.po po/embed.cmake
        COMMENT "Chinese catalogue"
        VERBATIM)
else()
    message(STATUS "no msgfmt: English only")
    file(WRITE ${catalogue}
        "#include \"common/i18n_int.h\"\nconst unsigned char *const i18n_zh_cn = 0;\n")
endif()
target_sources(crs_common PRIVATE ${catalogue})
