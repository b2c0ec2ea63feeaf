foreach(thing base clock conf jscan json rpc secret units width)
    crs_unit(test_${thing} SOURCES unit/test_${thing}.c LINK crs_common)
endforeach()
