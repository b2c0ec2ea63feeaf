crs_fuzz(fuzz_store_write SOURCES fuzz/fuzz_store_write.c LINK crs_store crs_common)
