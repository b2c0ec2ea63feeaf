# The public door.
crs_unit(test_http_address SOURCES unit/test_http_address.c LINK crs_http)
