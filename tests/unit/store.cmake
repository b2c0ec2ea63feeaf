# The store: records and ledger, reports, faults of the disk, kill -9.
foreach(name store store_report)
    crs_unit(test_${name}
        SOURCES unit/test_${name}.c unit/store_kit.c
        LINK crs_store crs_common)
endforeach()
