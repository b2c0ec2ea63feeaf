# Tests of the whole program: the relay between tests and the fake upstream.
include_guard(GLOBAL)
if(TARGET crs-relay)
    add_library(crs_rig STATIC flow/rig.c flow/rig_kit.c flow/rig_talk.c flow/ask.c)
    target_link_libraries(crs_rig PUBLIC crs_flags PkgConfig::CJSON PkgConfig::SQLITE)
    target_compile_definitions(crs_rig PUBLIC CRS_SOURCE_DIR="${CMAKE_SOURCE_DIR}")

    # crs_rig_test(NAME SOURCES... [ARGS...]): a program that is given the relay and the fake upstream.
    function(crs_rig_test name)
        cmake_parse_arguments(T "" "" "SOURCES;LINK;ARGS" ${ARGN})
        add_executable(${name} ${T_SOURCES})
        target_link_libraries(${name} crs_rig ${T_LINK})
        add_dependencies(${name} crs-relay crs-fake-upstream)
        if(BUILD_TESTING)
            add_test(NAME ${name}
                COMMAND ${name} $<TARGET_FILE:crs-relay> $<TARGET_FILE:crs-fake-upstream> ${T_ARGS})
            set_tests_properties(${name} PROPERTIES TIMEOUT 600)
        endif()
    endfunction()

    crs_rig_test(test_flow_basic SOURCES flow/test_flow_basic.c)

    # Cases as data: one test a file, so that they run side by side.
    add_executable(crs-cases flow/run.c flow/case_read.c flow/case_setup.c flow/case_ask.c
        flow/case_look.c)
    target_link_libraries(crs-cases crs_rig)
    add_dependencies(crs-cases crs-relay crs-fake-upstream)
    file(GLOB cases CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/flow/cases/*.case)
    foreach(case ${cases})
        get_filename_component(name ${case} NAME_WE)
        if(BUILD_TESTING)
            add_test(NAME cases_${name} COMMAND crs-cases $<TARGET_FILE:crs-relay>
                $<TARGET_FILE:crs-fake-upstream> ${case})
            set_tests_properties(cases_${name} PROPERTIES TIMEOUT 300)
        endif()
    endforeach()
endif()
