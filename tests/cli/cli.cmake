# The command crs against a real relay and the fake upstream; needs bats.
find_program(BATS bats)
if(BATS AND BUILD_TESTING AND TARGET crs AND TARGET crs-relay)
    file(GLOB suites CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cli/*.bats)
    foreach(suite ${suites})
        get_filename_component(name ${suite} NAME_WE)
        add_test(NAME cli_${name} COMMAND ${CMAKE_COMMAND} -E env
            CRS=$<TARGET_FILE:crs> CRS_RELAY=$<TARGET_FILE:crs-relay>
            CRS_FAKE=$<TARGET_FILE:crs-fake-upstream> CRS_SHIPPED=${CMAKE_SOURCE_DIR}/relay/data
            ${BATS} ${suite})
        set_tests_properties(cli_${name} PROPERTIES TIMEOUT 300)
    endforeach()
endif()
