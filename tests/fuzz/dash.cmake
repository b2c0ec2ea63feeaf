foreach(name event input)
    crs_fuzz(fuzz_dash_${name} SOURCES fuzz/fuzz_dash_${name}.c LINK crs_dash)
endforeach()
