# Provider kinds: requests in, plans out; answers in, verdicts out; signing in.
foreach(thing plan judge login)
    crs_unit(test_provider_${thing}
        SOURCES unit/test_provider_${thing}.c unit/provider_kit.c
        LINK crs_provider)
endforeach()
crs_unit(test_sigv4 SOURCES unit/test_sigv4.c LINK crs_provider)
crs_unit(test_dialect SOURCES unit/test_dialect.c LINK crs_dialect)
