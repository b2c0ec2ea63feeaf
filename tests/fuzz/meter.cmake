crs_fuzz(fuzz_tap SOURCES fuzz/fuzz_tap.c LINK crs_meter)
crs_fuzz(fuzz_prices SOURCES fuzz/fuzz_prices.c LINK crs_meter)
