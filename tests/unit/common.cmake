foreach(thing base clock jscan json rpc units)
    crs_unit(test_${thing} SOURCES unit/test_${thing}.c LINK crs_common)
endforeach()
