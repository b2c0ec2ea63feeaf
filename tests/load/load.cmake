# Many clients at once. CRS_TEST_LONG=1 in the environment runs the full numbers.
if(TARGET crs-relay)
    add_library(crs_load STATIC load/load.c load/books.c)
    target_link_libraries(crs_load PUBLIC crs_rig PkgConfig::EVENT)

    foreach(name books limits accounts chaos)
        crs_rig_test(test_load_${name} SOURCES load/test_load_${name}.c LINK crs_load)
    endforeach()
    crs_rig_test(test_load_formats SOURCES load/test_load_formats.c LINK crs_load PkgConfig::OPENSSL)
endif()
