# crs-docgen: manual pages and completions out of the tables; see docgen.c. man/ and completions/ run it.
add_executable(crs-docgen
    ${CMAKE_CURRENT_LIST_DIR}/docgen.c
    ${CMAKE_CURRENT_LIST_DIR}/docgen_commands.c
    ${CMAKE_CURRENT_LIST_DIR}/docgen_mdoc.c
    ${CMAKE_CURRENT_LIST_DIR}/docgen_tables.c)
target_link_libraries(crs-docgen PRIVATE crs_crs crs_base)
