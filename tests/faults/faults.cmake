# The whole program against hostile clients, hostile upstreams, and a failing machine. The rig that
# they stand on comes later in the alphabet.
function(crs_faults)
    if(NOT TARGET crs-relay)
        return()
    endif()
    find_package(Threads REQUIRED)
    add_library(crs_faults STATIC faults/kit.c faults/villain.c)
    target_link_libraries(crs_faults PUBLIC crs_rig Threads::Threads)

    crs_unit(test_scrub SOURCES faults/test_scrub.c LINK crs_flow)

    foreach(name strangers requests readers followers heads upstream machine daemon private)
        crs_rig_test(test_faults_${name} SOURCES faults/test_faults_${name}.c LINK crs_faults)
    endforeach()

    # Figures, not a test: see tests/load/BENCH.md.
    add_executable(bench_relay faults/bench_relay.c)
    target_link_libraries(bench_relay crs_faults crs_load)
    add_dependencies(bench_relay crs-relay crs-fake-upstream)
endfunction()
cmake_language(DEFER CALL crs_faults)
