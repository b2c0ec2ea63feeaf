foreach(thing conf json jscan rpc units width)
    crs_fuzz(fuzz_${thing} SOURCES fuzz/fuzz_${thing}.c LINK crs_common)
endforeach()
