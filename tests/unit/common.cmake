foreach(thing base clock conf field jscan json method rpc secret units width)
    crs_unit(test_${thing} SOURCES unit/test_${thing}.c LINK crs_common)
endforeach()
