crs_unit(test_i18n SOURCES unit/test_i18n.c LINK crs_base crs_common)
crs_unit(test_width_line SOURCES unit/test_width_line.c LINK crs_common)
if(MSGFMT)
    crs_unit(test_control_lang SOURCES unit/test_control_lang.c unit/control_kit.c LINK crs_control)
endif()

# That the formats of sentence and translation agree; what lacks one is named in the output.
find_program(XGETTEXT xgettext)
find_program(MSGMERGE msgmerge)
find_program(PERL perl)
if(BUILD_TESTING AND XGETTEXT AND MSGMERGE AND PERL)
    add_test(NAME i18n_catalogue COMMAND ${CMAKE_SOURCE_DIR}/scripts/i18n.sh --check)
endif()
