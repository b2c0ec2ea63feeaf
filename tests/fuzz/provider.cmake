crs_fuzz(fuzz_transform SOURCES fuzz/fuzz_transform.c LINK crs_dialect)
crs_fuzz(fuzz_edit SOURCES fuzz/fuzz_edit.c LINK crs_provider)
crs_fuzz(fuzz_answer SOURCES fuzz/fuzz_answer.c LINK crs_provider)
