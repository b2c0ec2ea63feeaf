# The walk of a request: what it reads itself.
crs_fuzz(fuzz_route SOURCES fuzz/fuzz_route.c LINK crs_flow)
