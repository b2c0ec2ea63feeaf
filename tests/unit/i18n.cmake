crs_unit(test_i18n SOURCES unit/test_i18n.c LINK crs_common)

# That no sentence of the sources lacks its translation, and that formats agree.
find_program(XGETTEXT xgettext)
find_program(MSGMERGE msgmerge)
find_program(PERL perl)
if(BUILD_TESTING AND XGETTEXT AND MSGMERGE AND PERL)
    add_test(NAME i18n_catalogue COMMAND ${CMAKE_SOURCE_DIR}/scripts/i18n.sh --check)
endif()
