crs_unit(test_jscan SOURCES unit/test_jscan.c LINK crs_common)
crs_unit(test_json SOURCES unit/test_json.c LINK crs_common)
