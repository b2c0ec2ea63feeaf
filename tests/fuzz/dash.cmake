foreach(name event input)
    crs_fuzz(fuzz_dash_${name} SOURCES fuzz/fuzz_dash_${name}.c LINK crs_dash)
endforeach()
crs_fuzz(fuzz_setup SOURCES fuzz/fuzz_setup.c LINK crs_crs)
