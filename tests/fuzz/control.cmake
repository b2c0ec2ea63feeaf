# Lines of strangers into the dispatcher.
crs_fuzz(fuzz_control SOURCES fuzz/fuzz_control.c LINK crs_control)
target_compile_definitions(fuzz_control PRIVATE CRS_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
