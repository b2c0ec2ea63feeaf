# Provider kinds: requests in, plans out; answers in, verdicts out; signing in.
foreach(thing plan)
    crs_unit(test_provider_${thing}
        SOURCES unit/test_provider_${thing}.c unit/provider_kit.c
        LINK crs_provider)
endforeach()
