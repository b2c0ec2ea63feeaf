foreach(name h1_request h1_response chunk)
    crs_fuzz(fuzz_${name} SOURCES fuzz/fuzz_${name}.c LINK crs_http1)
endforeach()
