crs_fuzz(fuzz_sse SOURCES fuzz/fuzz_sse.c LINK crs_upstream)
