crs_unit(test_sse SOURCES unit/test_sse.c LINK crs_upstream)
crs_unit(test_fetch SOURCES unit/test_fetch.c unit/peer_kit.c LINK crs_upstream)
foreach(name call way)
    crs_unit(test_${name} SOURCES unit/test_${name}.c unit/call_kit.c unit/peer_kit.c
        LINK crs_upstream)
endforeach()
crs_unit(test_tls SOURCES unit/test_tls.c unit/tls_kit.c LINK crs_upstream)
