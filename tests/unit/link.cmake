# The way to the daemon, and the parser and views of crs without one.
crs_unit(test_link SOURCES unit/test_link.c LINK crs_link)
crs_unit(test_crs SOURCES unit/test_crs.c LINK crs_crs)
crs_unit(test_setup SOURCES unit/test_setup.c LINK crs_crs)
