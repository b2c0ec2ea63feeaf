crs_unit(test_call SOURCES unit/test_call.c unit/peer_kit.c LINK crs_upstream)
