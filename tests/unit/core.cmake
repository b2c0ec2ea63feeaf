# The core: pure arithmetic of limits and quota, scripts over a turned clock, threads.
crs_unit(test_core_limit SOURCES unit/test_core_limit.c LINK crs_core)
foreach(thing records admit choose health threads)
    crs_unit(test_core_${thing}
        SOURCES unit/test_core_${thing}.c unit/test_core_kit.c
        LINK crs_core)
endforeach()
crs_unit(test_core_event SOURCES unit/test_core_event.c LINK crs_core)
