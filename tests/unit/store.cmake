# The store: records and ledger, reports, refused files, faults of the disk, kill -9.
foreach(name store store_report store_open store_restore store_fault store_kill)
    crs_unit(test_${name}
        SOURCES unit/test_${name}.c unit/store_kit.c
        LINK crs_store crs_common)
endforeach()
if(TARGET test_store_fault)
    target_sources(test_store_fault PRIVATE unit/fault_vfs.c)
    # Not a test: prints what a commit costs on this disk.
    add_executable(bench_store EXCLUDE_FROM_ALL unit/bench_store.c unit/store_kit.c)
    target_link_libraries(bench_store crs_flags crs_store crs_common PkgConfig::CMOCKA)
endif()
