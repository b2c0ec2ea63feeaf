# The care of accounts, over the real store and core and an upstream on loopback.
foreach(name care care_login)
    crs_unit(test_${name}
        SOURCES unit/test_${name}.c unit/care_kit.c unit/store_kit.c
        LINK crs_care)
endforeach()
crs_unit(test_care_disk
    SOURCES unit/test_care_disk.c unit/care_kit.c unit/store_kit.c unit/fault_vfs.c
    LINK crs_care)
